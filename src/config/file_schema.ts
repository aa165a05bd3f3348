import { z } from "zod";
import { parseListenAddress } from "./listen_address.ts";
import { parseRate, parseSize, parseSizeRate } from "./rates.ts";
import { limitTable } from "./limit_table.ts";
import { nearest } from "./nearest.ts";
import { servicesSchema } from "./service_schema.ts";
import { secretsSchema } from "./secret_schema.ts";
import { rulesSchema } from "./rule_schema.ts";
import {
  agents,
  closed,
  filePath,
  hostFilter,
  methods,
  oneOf,
  parseAgentName,
  parsed,
  pathPattern,
  port,
  some,
  whole,
} from "./schema_parts.ts";
import { parseCidr } from "../wire/ip_address.ts";
import type { ServiceOptions } from "../services/service_setting.ts";
import type { AuditSettings } from "../observe/audit_settings.ts";
import type { RateLimitSettings } from "../policy/rate_limit.ts";

/** Kept as it is written: it is read with those of the flags. */
const address = parsed("write HOST:PORT, such as 127.0.0.1:8080", (text) => {
  parseListenAddress(text);
  return text;
});

const limitName = parsed("write a limit's name", (text) => {
  const names = limitTable.map(({ name }) => name);
  if (names.includes(text)) return text;
  const meant = nearest(text, names);
  throw new Error(
    meant === undefined
      ? `no such limit; there are ${names.join(", ")}`
      : `no such limit; did you mean ${meant}?`,
  );
});

const hosts = z.array(hostFilter, { error: 'write a list of hosts, such as ["*.example.com"]' });

const egressEntry = closed({
  host: hostFilter,
  port: port.exactOptional(),
  methods: methods.exactOptional(),
  path: pathPattern.exactOptional(),
  agents: agents.exactOptional(),
});
const egressEntries = z.array(egressEntry, {
  error: "write a list, such as [{ host: example.com }]",
});

const agent = closed({
  // A token may stand here by mistake: it is not quoted.
  token_sha256: parsed("write 64 hexadecimal digits in quotes", (text) => {
    if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
    throw new Error("write the SHA-256 of the token: 64 hexadecimal digits, not the token itself");
  }).exactOptional(),
  addresses: some(
    parsed("write an address or a block, such as 10.1.0.7 or 10.1.0.0/24", parseCidr),
    "write a list of addresses, such as [10.1.0.7]",
  ).exactOptional(),
}).refine(({ token_sha256, addresses }) => token_sha256 !== undefined || addresses !== undefined, {
  error: "write token_sha256 or addresses: nothing else tells who the agent is",
});

const audit = closed({
  file: z.string({ error: "write a file's path" }).min(1, { error: "write a file's path" })
    .exactOptional(),
  max_size: parsed("write a size, such as 100MB", parseSize).exactOptional(),
  keep: whole({ min: 0, max: 10_000 }).exactOptional(),
  required: z.boolean({ error: "write true or false" }).exactOptional(),
}).transform(({ max_size, keep }): AuditSettings => ({
  maxBytes: max_size ?? 100_000_000,
  keep: keep ?? 10,
  required: false,
}));

const rateLimit = closed({
  rule: z.string({ error: "write a rule's name" }).exactOptional(),
  agents: agents.exactOptional(),
  requests: parsed("write a rate, such as 100/m", parseRate).exactOptional(),
  burst: whole({ min: 1, max: 1_000_000_000 }).exactOptional(),
  upload: parsed("write a rate, such as 10MB/m", parseSizeRate).exactOptional(),
}).transform(({ requests, burst, upload, ...rest }, context): RateLimitSettings => {
  if (requests === undefined && upload === undefined) {
    context.addIssue({ code: "custom", message: "write requests: or upload:, with a rate" });
  }
  if (requests === undefined && burst !== undefined) {
    const message = "it is about requests: add requests: with a rate";
    context.addIssue({ code: "custom", message, path: ["burst"] });
  }
  return {
    ...rest,
    ...(requests === undefined
      ? {}
      : { requests: { ...requests, burst: burst ?? requests.count } }),
    ...(upload === undefined ? {} : { upload: { bytes: upload.count, perMs: upload.perMs } }),
  };
});

const files = z.array(filePath, { error: "write a list of files" });
const texts = (hint: string) => z.array(z.string({ error: hint }), { error: hint });
const seconds = z.union([z.number(), z.string()], {
  error: "write a number of seconds, such as 30",
})
  .transform(String);
const limitValue = z.union([z.number(), z.string()], {
  error: "write a limit's value, such as 100, 64KiB or 30s",
}).transform(String);

/**
 * The configuration file.
 *
 * @param services The catalogue's services, with the options of each.
 */
export function makeFileSchema(services: readonly ServiceOptions[]) {
  return closed({ ...fileShape, services: servicesSchema(services).exactOptional() });
}

const fileShape = {
  listen: address.exactOptional(),
  admin: address.exactOptional(),
  listen_tls: address.exactOptional(),
  tls_clients: oneOf(["certificate", "token"]).exactOptional(),
  transparent: texts("write a list, such as [0.0.0.0:6443=6443]").exactOptional(),
  listen_names: texts("write a list of names, such as [proxy]").exactOptional(),
  admin_socket: filePath.exactOptional(),
  env_files: files.exactOptional(),
  secrets_dirs: files.exactOptional(),
  ca_dir: filePath.exactOptional(),
  ca_cert: filePath.exactOptional(),
  ca_key: filePath.exactOptional(),
  upstream_ca: files.exactOptional(),
  upstream_proxy: closed({
    url: z.string({ error: "write http://HOST:PORT, none or environment" }).exactOptional(),
    no_proxy: texts('write a list, such as [".corp.example"]').exactOptional(),
    hosts: texts('write a list, such as ["api.example.com"]').exactOptional(),
  }).exactOptional(),
  connect_to: texts("write a list, such as [api.example.com:443:127.0.0.1:8443]").exactOptional(),
  allow_private: texts("write a list of blocks, such as [10.1.0.0/16]").exactOptional(),
  allow_endpoints: texts("write a list of endpoints, such as [github-deploy-key]").exactOptional(),
  agent_token_file: filePath.exactOptional(),
  admin_token_file: filePath.exactOptional(),
  allow_unauthenticated: z.boolean({ error: "write true or false" }).exactOptional(),
  via: z.string({ error: "write a name, such as auth-proxy" }).exactOptional(),
  drain_delay: seconds.exactOptional(),
  drain_timeout: seconds.exactOptional(),
  log_format: oneOf(["text", "json"]).exactOptional(),
  limits: z.record(limitName, limitValue, {
    error: "write limits, as max-connections: 1000",
  }).exactOptional(),
  rules: rulesSchema.exactOptional(),
  egress: closed({
    default: oneOf(["allow", "deny"]).exactOptional(),
    mode: oneOf(["enforce", "report"]).exactOptional(),
    rule_hosts: oneOf(["allowed", "listed"]).exactOptional(),
    allow: egressEntries.exactOptional(),
    deny: egressEntries.exactOptional(),
  }).exactOptional(),
  agents: z.record(parsed("write an agent's name", parseAgentName), agent, {
    error: 'write agents, as ci: { token_sha256: "…" }',
  }).exactOptional(),
  audit: audit.exactOptional(),
  redaction: closed({ off: hosts.exactOptional(), allow_range: hosts.exactOptional() })
    .exactOptional(),
  canaries: closed({ action: oneOf(["alarm", "refuse"]).exactOptional() }).exactOptional(),
  rate_limits: some(rateLimit, "write a list, such as [{ requests: 100/m }]").exactOptional(),
  secrets: secretsSchema.exactOptional(),
};

/** What the schema makes of a file. */
export type ParsedFile = z.output<ReturnType<typeof makeFileSchema>>;
