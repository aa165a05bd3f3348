/**
 * The vectors are facts: names, requests and signatures of AWS's own test suite for Signature Version 4
 * (`aws-sig-v4-test-suite`, published with awslabs/aws-c-auth under the Apache License 2.0), and the
 * example "GET Object" of the S3 API reference.
 */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import {
  amzDate,
  awsAuthorization,
  type AwsRequest,
  canonicalRequest,
  type Digests,
} from "../../src/policy/aws_sigv4.ts";
import { scopeOfAuthorization, scopeOfHost } from "../../src/policy/aws_scope.ts";
import { signWithBotocore } from "../support/aws/sign_with_botocore.ts";
import { pythonModule, testWith } from "../support/tools.ts";

const digests: Digests = {
  sha256: (octets) => createHash("sha256").update(octets).digest("hex"),
  hmacSha256: (key, octets) => createHmac("sha256", key).update(octets).digest(),
};
const suiteKey = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const date = "20150830T123600Z";
const empty = hashOf("");

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Name, request line, more fields, content, signature. */
const suite: readonly (readonly [
  name: string,
  line: string,
  fields: readonly (readonly [string, string])[],
  signature: string,
  content?: string,
])[] = [
  ["get-vanilla", "GET /", [], "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "get-unreserved",
    "GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    [],
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  ],
  [
    "get-slashes",
    "GET //example//",
    [],
    "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  ],
  [
    "get-vanilla-query-order-key-case",
    "GET /?Param2=value2&Param1=value1",
    [],
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "get-vanilla-query-order-value",
    "GET /?Param1=value2&Param1=value1",
    [],
    "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
  ],
  [
    "get-vanilla-utf8-query",
    "GET /?\xe1\x88\xb4=bar",
    [],
    "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  ],
  [
    "get-header-value-order",
    "GET /",
    ["value4", "value1", "value3", "value2"].map((value) => ["my-header1", value] as const),
    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
  ],
  [
    "get-header-key-duplicate",
    "GET /",
    ["value2", "value2", "value1"].map((value) => ["my-header1", value] as const),
    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
  ],
  [
    "get-header-value-trim",
    "GET /",
    [["my-header1", " value1"], ["my-header2", ' "a   b   c"']],
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
  ],
  [
    "post-x-www-form-urlencoded",
    "POST /",
    [["content-type", "application/x-www-form-urlencoded"]],
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    "Param1=value1",
  ],
  [
    "get-vanilla-with-session-token",
    "GET /",
    [[
      "x-amz-security-token",
      "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
    ]],
    "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
  ],
];

for (const [name, line, fields, signature, content = ""] of suite) {
  Deno.test(`awsAuthorization() signs as AWS's test suite does: ${name}`, () => {
    const [method = "", target = ""] = line.split(" ");
    const request: AwsRequest = {
      method,
      target,
      fields: [["host", "example.amazonaws.com"], ...fields, ["x-amz-date", date]],
      payloadHash: hashOf(content),
      scope: { region: "us-east-1", service: "service" },
      date,
    };
    const value = awsAuthorization(request, { key: suiteKey, digests });
    assert.equal(value.split("Signature=")[1], signature, canonicalRequest(request));
    assert.ok(
      value.startsWith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=",
      ),
      value,
    );
  });
}

Deno.test("awsAuthorization() signs the example of the S3 API reference", () => {
  const value = awsAuthorization({
    method: "GET",
    target: "/test.txt",
    fields: [
      ["host", "examplebucket.s3.amazonaws.com"],
      ["range", "bytes=0-9"],
      ["x-amz-content-sha256", empty],
      ["x-amz-date", "20130524T000000Z"],
    ],
    payloadHash: empty,
    scope: { region: "us-east-1", service: "s3" },
    date: "20130524T000000Z",
  }, {
    key: {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    digests,
  });
  assert.equal(
    value,
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
      "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
});

Deno.test("canonicalRequest() takes a path of S3 as it is, and encodes others again", () => {
  const table: readonly (readonly [service: string, path: string, canonical: string])[] = [
    ["s3", "/a%20b/../c//d/", "/a%20b/../c//d/"],
    ["s3", "/a(b)%7e%c3%a9", "/a%28b%29~%C3%A9"],
    ["s3express", "/a//b", "/a//b"],
    ["dynamodb", "/a%20b/../c//d/", "/c/d/"],
    ["lambda", "/a%20b/./c:d", "/a%2520b/c%3Ad"],
    ["s3tables", "/a//b", "/a/b"],
    ["lambda", "/..", "/"],
  ];
  for (const [service, target, canonical] of table) {
    const scope = { region: "eu-west-1", service };
    const text = canonicalRequest({ method: "GET", target, fields: [], payloadHash: "x", scope });
    assert.equal(text.split("\n")[1], canonical, `${service} ${target}`);
  }
});

Deno.test("amzDate() writes the time as it is signed", () => {
  assert.equal(amzDate(Date.UTC(2015, 7, 30, 12, 36, 0, 999)), date);
});

Deno.test("scopeOfAuthorization() reads one well-formed credential scope and nothing else", () => {
  const scope = { region: "eu-west-1", service: "s3" };
  const good = "AWS4-HMAC-SHA256 Credential=placeholder/20260101/eu-west-1/s3/aws4_request";
  const table: readonly (readonly [values: readonly string[], expected: unknown])[] = [
    [[`${good}, SignedHeaders=host, Signature=00`], scope],
    [[`${good},SignedHeaders=host,Signature=00`], scope],
    [
      ["AWS4-HMAC-SHA256 SignedHeaders=host, Credential=x/20260101/eu-west-1/s3/aws4_request"],
      scope,
    ],
    [[], undefined],
    [[good, good], undefined],
    [["Bearer x"], undefined],
    [[good.replace("eu-west-1", "EU/..")], undefined],
    [[good.replace("aws4_request", "aws4_requests")], undefined],
    [[good.replace("20260101", "today")], undefined],
  ];
  for (const [values, expected] of table) {
    assert.deepEqual(scopeOfAuthorization(values), expected, values.join(" | "));
  }
});

Deno.test("scopeOfHost() knows AWS's own host names", () => {
  const table: readonly (readonly [host: string, scope: string | undefined])[] = [
    ["dynamodb.eu-west-1.amazonaws.com", "eu-west-1/dynamodb"],
    ["b.s3.eu-west-1.amazonaws.com", "eu-west-1/s3"],
    ["b.c.s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1/s3"],
    ["b.s3.amazonaws.com", "us-east-1/s3"],
    ["s3-eu-west-1.amazonaws.com", "eu-west-1/s3"],
    ["b.s3-accelerate.amazonaws.com", undefined],
    ["iam.amazonaws.com", "us-east-1/iam"],
    ["kms-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1/kms"],
    ["bedrock-runtime.us-east-1.amazonaws.com", "us-east-1/bedrock"],
    ["id.execute-api.eu-west-1.amazonaws.com", "eu-west-1/execute-api"],
    ["ec2.cn-north-1.amazonaws.com.cn", "cn-north-1/ec2"],
    ["s3.eu-west-1.amazonaws.com.evil.com", undefined],
    ["evilamazonaws.com", undefined],
    ["minio.example.com", undefined],
  ];
  for (const [host, expected] of table) {
    const scope = scopeOfHost(host);
    assert.equal(scope && `${scope.region}/${scope.service}`, expected, host);
  }
});

const segment = fc.stringMatching(/^([A-Za-z0-9._~-]|%20|%3A|%C3%A9|%25){0,8}$/);
const pair = fc.tuple(segment, segment).map(([name, value]) => `n${name}=${value}`);
const request = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST", "DELETE"),
  service: fc.constantFrom("s3", "dynamodb", "execute-api"),
  region: fc.constantFrom("eu-west-1", "us-east-1"),
  segments: fc.array(segment, { maxLength: 5 }),
  query: fc.uniqueArray(pair, { maxLength: 4 }),
  fields: fc.dictionary(
    fc.stringMatching(/^x-amz-meta-[a-z]{1,5}$/),
    fc.stringMatching(/^[a-z]([a-zA-Z0-9=; ]{0,12})[a-z]$/),
    { maxKeys: 4 },
  ),
  secret: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
  payloadHash: fc.constantFrom("UNSIGNED-PAYLOAD", empty),
});

testWith("awsAuthorization() signs random requests as botocore does", {
  needs: [pythonModule("botocore")],
  fn: async () => {
    const samples = fc.sample(request, 300);
    const ours: string[] = [];
    const jobs = samples.map((sample) => {
      const { method, service, region, segments, query, payloadHash } = sample;
      const target = `/${segments.join("/")}${query.length === 0 ? "" : `?${query.join("&")}`}`;
      const headers: Record<string, string> = {
        ...sample.fields,
        host: "bucket.example.com",
        "x-amz-date": date,
        "x-amz-content-sha256": payloadHash,
      };
      const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: sample.secret };
      const scope = { region, service };
      const fields = Object.entries(headers);
      ours.push(
        awsAuthorization({ method, target, fields, payloadHash, scope, date }, { key, digests }),
      );
      return {
        access_key_id: key.accessKeyId,
        secret_access_key: key.secretAccessKey,
        region,
        service,
        date,
        method,
        url: `https://bucket.example.com${target}`,
        headers,
        payload_hash: payloadHash,
      };
    });
    const theirs = await signWithBotocore(jobs);
    for (const [index, value] of ours.entries()) {
      assert.equal(value, theirs[index], JSON.stringify(jobs[index]));
    }
  },
});
