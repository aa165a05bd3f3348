import { z } from "zod";
import { bare, bearer, type FieldTemplate } from "../policy/credential_format.ts";
import type { CustomRule, UpstreamSettings } from "../policy/custom_rule.ts";
import { formatHostPattern, type HostPattern, parseHostPattern } from "../policy/host_pattern.ts";
import { fieldNameProblem } from "../policy/rule_flag.ts";
import type { AwsSigV4Template } from "../policy/injection_template.ts";
import type { Unless } from "../policy/request_filter.ts";
import { parseHost } from "../wire/authority.ts";
import { looksLikeToken } from "../policy/looks_like_token.ts";
import {
  agents,
  closed,
  filePath,
  methods,
  parsed,
  pathPattern,
  port,
  secretName,
} from "./schema_parts.ts";

/** A rule of the file, without where it stands there. */
export type PlacelessRule = Omit<CustomRule, "where">;

const LINE = "write [HOST, HEADER, VARIABLE], or match: and inject:";
const variableName = "[A-Za-z_][A-Za-z0-9_]*";

const headerName = parsed("write a header's name, such as Authorization", (text) => {
  const problem = fieldNameProblem(text);
  if (problem !== undefined) throw new Error(`Cannot use this header: ${problem}`);
  return text;
});

/** One that is only looked for, and so may be any. */
const anyHeader = parsed("write a header's name, such as X-Signature", (text) => {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(text)) return text;
  throw new Error("write a header's name, such as X-Signature");
});

const ruleLine = z.tuple(
  [parsed("write a host, such as api.example.com", parsePattern), headerName, secretName],
  { error: LINE },
).transform(([pattern, name, variable]): PlacelessRule => {
  const format = name.toLowerCase() === "authorization" ? bearer : bare;
  return { form: "line", pattern, fields: [{ name, format, variable }] };
});

const match = closed({
  host: z.string({ error: "write a host, such as api.example.com" }),
  port: port.exactOptional(),
  path: pathPattern.exactOptional(),
  methods: methods.exactOptional(),
}).transform(({ host, port, ...rest }, context) => {
  try {
    if (/^(\[[^\]]*\]|[^:[]*):/.test(host)) {
      throw new Error("write the port apart, as port: 8443 (and an IPv6 address in brackets)");
    }
    // Whether the rule may have a wildcard over buckets is known when its inject: is.
    const pattern = parseHostPattern(host, { defaultPort: 443, allowBuckets: true });
    return { pattern: port === undefined ? pattern : { ...pattern, port }, ...rest };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    context.addIssue({ code: "custom", message: error.message, path: ["host"] });
    return z.NEVER;
  }
});

const TEMPLATE =
  'write a text with one ${VARIABLE} where the secret goes, as "Bearer ${VARIABLE}", ' +
  "never the secret itself";

/** A field's value with the secret left out. Its problems do not quote it. */
const template = parsed(TEMPLATE, (text) => {
  const [, prefix, variable, suffix] =
    new RegExp(`^([^$]*)\\$\\{(${variableName})\\}([^$]*)$`).exec(text) ?? [];
  const isNamed = variable !== undefined && !looksLikeToken(variable);
  if (prefix === undefined || suffix === undefined || !isNamed) {
    throw new Error(TEMPLATE);
  }
  if (/[^\x20-\x7e]/.test(text) || text.trim() !== text) {
    throw new Error("write printable ASCII, with no space at its beginning or end");
  }
  const format = { kind: "prefix" as const, prefix, ...(suffix === "" ? {} : { suffix }) };
  return { format, variable };
});

const basic = closed({
  user: parsed("write a user's name", (text) => {
    // RFC 7617 section 2: the first colon ends the user-id.
    if (/^[\x21-\x39\x3b-\x7e]+$/.test(text)) return text;
    throw new Error("write a user's name of printable ASCII without spaces and colons");
  }),
  password: parsed('write "${VARIABLE}", never the password itself', (text) => {
    const [, name] = new RegExp(`^\\$\\{(${variableName})\\}$`).exec(text) ?? [];
    if (name !== undefined && !looksLikeToken(name)) return name;
    throw new Error('write "${VARIABLE}", never the password itself');
  }),
}).transform(({ user, password }): FieldTemplate => ({
  name: "Authorization",
  format: { kind: "basic", user },
  variable: password,
}));

const ONE = 'write "${VARIABLE}", never the secret itself';
const oneVariable = parsed(ONE, (text) => {
  const [, name] = new RegExp(`^\\$\\{(${variableName})\\}$`).exec(text) ?? [];
  if (name !== undefined) return name;
  throw new Error(ONE);
});

function scopePart(example: string) {
  const hint = `write it as AWS does, such as ${example}`;
  return parsed(hint, (text) => {
    if (/^[a-z0-9-]{1,64}$/.test(text)) return text;
    throw new Error(hint);
  });
}

const awsSigV4 = closed({
  access_key_id: oneVariable,
  secret_access_key: oneVariable,
  session_token: oneVariable.exactOptional(),
  region: scopePart("eu-west-1").exactOptional(),
  service: scopePart("s3").exactOptional(),
}).transform(({ access_key_id, secret_access_key, session_token, ...scope }): AwsSigV4Template => ({
  accessKeyId: access_key_id,
  secretAccessKey: secret_access_key,
  ...(session_token === undefined ? {} : { sessionToken: session_token }),
  ...scope,
}));

const parameterName = parsed("write a query parameter's name", (text) => {
  if (/^[\x21-\x7e]{1,128}$/.test(text) && !/[&;=#?%+]/.test(text)) return text;
  throw new Error("write a query parameter's name, as it is before it is encoded");
});

const headerNames = z.array(headerName, { error: "write a list of headers' names" });
const parameterNames = z.array(parameterName, { error: "write a list of query parameters' names" });

interface Removals {
  readonly headers?: readonly string[];
  readonly query?: readonly string[];
}

/** What is removed besides the service's own carriers: headers, or both. */
const removals = z.union([
  headerNames.transform((headers): Removals => ({ headers })),
  closed({ headers: headerNames.exactOptional(), query: parameterNames.exactOptional() }),
], { error: "write a list of headers' names, or { headers: […], query: […] }" });

const unless = closed({
  query: parameterNames.exactOptional(),
  headers: z.array(anyHeader, { error: "write a list of headers' names" }).exactOptional(),
}).transform(({ query, headers }, context): Unless => {
  if ((query ?? []).length === 0 && (headers ?? []).length === 0) {
    const message = "write query: or headers:, with a name";
    context.addIssue({ code: "custom", message });
  }
  return {
    ...(query === undefined ? {} : { query }),
    ...(headers === undefined ? {} : { headers: headers.map((name) => name.toLowerCase()) }),
  };
});

const inject = closed({
  headers: z.record(headerName, template, {
    error: 'write headers, as Authorization: "Bearer ${VARIABLE}"',
  }).exactOptional(),
  basic: basic.exactOptional(),
  query: z.record(parameterName, template, {
    error: 'write query parameters, as key: "${VARIABLE}"',
  }).exactOptional(),
  aws_sigv4: awsSigV4.exactOptional(),
  remove: removals.exactOptional(),
}).transform(({ headers = {}, basic, query = {}, aws_sigv4, remove = {} }, context) => {
  const parameters = Object.entries(query).map(([name, { format, variable }]): FieldTemplate => ({
    name,
    format,
    variable,
  }));
  const fields = Object.entries(headers).map(([name, { format, variable }]): FieldTemplate => ({
    name,
    format,
    variable,
  })).concat(basic ?? []);
  const names = fields.map(({ name }) => name.toLowerCase());
  const isEmpty = fields.length === 0 && parameters.length === 0;
  if (aws_sigv4 !== undefined && !isEmpty) {
    const message = "a signed request has no other credential: remove headers:, basic: and query:";
    context.addIssue({ code: "custom", message, path: ["aws_sigv4"] });
  } else if (aws_sigv4 === undefined && isEmpty) {
    const message = "write headers:, basic:, query: or aws_sigv4:, with a credential";
    context.addIssue({ code: "custom", message });
  } else if (new Set(names).size < names.length) {
    context.addIssue({ code: "custom", message: "it sets one header twice; remove one" });
  }
  return {
    fields,
    ...(parameters.length === 0 ? {} : { query: parameters }),
    ...(aws_sigv4 === undefined ? {} : { awsSigV4: aws_sigv4 }),
    ...(remove.headers === undefined ? {} : { removeFields: remove.headers }),
    ...(remove.query === undefined ? {} : { removeQuery: remove.query }),
  };
});

const upstream = closed({
  ca: filePath.exactOptional(),
  client_cert: filePath.exactOptional(),
  client_key: filePath.exactOptional(),
  server_name: parsed("write a host's name, such as api.example.com", (text) => {
    return parseHost(text).host;
  }).exactOptional(),
}).transform(({ client_cert, client_key, server_name, ...rest }, context): UpstreamSettings => {
  if ((client_cert === undefined) !== (client_key === undefined)) {
    const message = "a client certificate needs both client_cert: and client_key:";
    context.addIssue({ code: "custom", message });
  }
  return {
    ...rest,
    ...(client_cert === undefined ? {} : { clientCertificate: client_cert }),
    ...(client_key === undefined ? {} : { clientKey: client_key }),
    ...(server_name === undefined ? {} : { serverName: server_name }),
  };
});

const ruleBlock = closed({
  name: parsed("write a name, such as org-a", (text) => {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
    throw new Error("write a name of letters, digits, dots, - and _");
  }).exactOptional(),
  match,
  unless: unless.exactOptional(),
  inject: inject.exactOptional(),
  agents: agents.exactOptional(),
  upstream: upstream.exactOptional(),
}).transform(({ match, inject, ...rest }, context): PlacelessRule => {
  if (inject === undefined && rest.upstream?.clientCertificate === undefined) {
    const message = "write headers:, basic:, query: or aws_sigv4: in it, or a client certificate " +
      "in upstream:";
    context.addIssue({ code: "custom", message, path: ["inject"] });
  }
  if (inject?.awsSigV4 === undefined || rest.upstream?.clientCertificate !== undefined) {
    const message = bucketProblem(match.pattern);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message, path: ["match", "host"] });
    }
  }
  if (match.pattern.kind === "suffix" && rest.upstream?.serverName !== undefined) {
    // One certificate would then speak for every host of the pattern (I1).
    const message = "it is for one host: write that host in match:, not a wildcard";
    context.addIssue({ code: "custom", message, path: ["upstream", "server_name"] });
  }
  return { form: "block", fields: [], ...match, ...inject, ...rest };
});

/** `rules:` of the file. */
export const rulesSchema = z.array(z.union([ruleLine, ruleBlock], { error: LINE }), {
  error: "write a list of rules",
});

/** Why a pattern is refused without a signature, if it is. */
function bucketProblem(pattern: HostPattern): string | undefined {
  try {
    parsePattern(formatHostPattern(pattern, { defaultPort: 443 }));
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function parsePattern(text: string): HostPattern {
  return parseHostPattern(text, { defaultPort: 443 });
}
