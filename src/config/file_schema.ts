import { z } from "zod";
import { parseListenAddress } from "./listen_address.ts";
import { parseRate, parseSize, parseSizeRate } from "./rates.ts";
import { secretsSchema } from "./secret_schema.ts";
import { rulesSchema } from "./rule_schema.ts";
import {
  agents,
  closed,
  hostFilter,
  methods,
  oneOf,
  parseAgentName,
  parsed,
  pathPattern,
  port,
  some,
  unsupported,
  whole,
} from "./schema_parts.ts";
import type { AuditSettings } from "../observe/audit_settings.ts";
import type { RateLimitSettings } from "../policy/rate_limit.ts";

const listenAddress = parsed("write HOST:PORT, such as 127.0.0.1:8080", parseListenAddress);
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
  }),
});

const audit = closed({
  file: z.string({ error: "write a file's path" }).min(1, { error: "write a file's path" })
    .exactOptional(),
  max_size: parsed("write a size, such as 100MB", parseSize).exactOptional(),
  keep: whole({ min: 0, max: 10_000 }).exactOptional(),
  required: z.boolean({ error: "write true or false" }).exactOptional(),
}).transform(({ max_size, keep, required, ...rest }): AuditSettings => ({
  ...rest,
  maxBytes: max_size ?? 100_000_000,
  keep: keep ?? 10,
  required: required ?? false,
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

/** The configuration file. */
export const fileSchema = closed({
  listen: listenAddress.exactOptional(),
  admin: listenAddress.exactOptional(),
  rules: rulesSchema.exactOptional(),
  egress: closed({
    default: oneOf(["allow", "deny"]).exactOptional(),
    mode: oneOf(["enforce", "report"]).exactOptional(),
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
  services: unsupported(),
  secrets: secretsSchema.exactOptional(),
  limits: unsupported("give --limit NAME=VALUE"),
  upstream: unsupported("write it in a rule: { match: …, upstream: … }"),
});

/** What the schema makes of a file. */
export type ParsedFile = z.output<typeof fileSchema>;
