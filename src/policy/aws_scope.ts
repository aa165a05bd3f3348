import type { AwsScope } from "./aws_sigv4.ts";

/** Where the name that is signed is not the one in the host. */
const signedAs: Readonly<Record<string, string>> = {
  "bedrock-agent": "bedrock",
  "bedrock-agent-runtime": "bedrock",
  "bedrock-runtime": "bedrock",
  email: "ses",
};

const region = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

/** The scope that a client signed for with whatever key it has; `undefined` if that is not well-formed. */
export function scopeOfAuthorization(values: readonly string[]): AwsScope | undefined {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) return undefined;
  const [, region, service] = new RegExp(
    "^AWS4-HMAC-SHA256 +(?:[^,]*, *)*Credential=[^/,\\s]{1,128}/\\d{8}/" +
      "([a-z0-9-]{1,64})/([a-z0-9-]{1,64})/aws4_request *(?:,|$)",
  ).exec(value) ?? [];
  return region === undefined || service === undefined ? undefined : { region, service };
}

/**
 * The scope that AWS's own host names tell: `dynamodb.eu-west-1.amazonaws.com`,
 * `bucket.s3.eu-west-1.amazonaws.com`; without a region, `us-east-1`.
 *
 * @param host In canonical form.
 */
export function scopeOfHost(host: string): AwsScope | undefined {
  const [, rest] = /^(.+)\.amazonaws\.com(?:\.cn)?$/.exec(host) ?? [];
  if (rest === undefined) return undefined;
  const labels = rest.split(".").filter((label) => label !== "dualstack");
  const last = labels.at(-1) ?? "";
  if (region.test(last)) return named(labels.at(-2), last);
  const [, legacy] = /^s3-(.+)$/.exec(last) ?? [];
  if (legacy !== undefined) return region.test(legacy) ? named("s3", legacy) : undefined;
  return last === "s3" || labels.length === 1 ? named(last, "us-east-1") : undefined;
}

function named(label: string | undefined, region: string): AwsScope | undefined {
  if (label === undefined) return undefined;
  const name = label.replace(/-fips$/, "");
  return { region, service: signedAs[name] ?? name };
}
