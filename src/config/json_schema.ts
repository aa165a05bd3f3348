import { z } from "zod";
import type { ServiceOptions } from "../services/service_setting.ts";
import { makeFileSchema } from "./file_schema.ts";
import { secretSource, secretSources } from "./secret_schema.ts";

/** What each section is for: editors show it. */
const descriptions: Readonly<Record<string, string>> = {
  listen: "Where clients connect, as HOST:PORT. Port 0 picks a free one.",
  admin: "Where the admin API is served, as HOST:PORT.",
  listen_tls: "Where clients connect over TLS, as HOST:PORT.",
  tls_clients: "What clients show at listen_tls: a certificate or a token.",
  transparent: "Where a firewall turns connections to, as HOST:PORT=ORIGINAL-PORT.",
  listen_names: "Names that clients call the proxy by, beside the machine's own.",
  admin_socket: "A unix socket that the admin API is served on too.",
  env_files: "Files of NAME=value lines; a later one wins.",
  secrets_dirs: "Folders with one file per secret, such as github_token.",
  ca_dir: "Where the CA is kept.",
  ca_cert: "The certificate of a CA of your own, PEM; several proxies may share it.",
  ca_key: "Its key, PEM.",
  upstream_ca: "PEM files of CAs that are trusted too when connecting to services.",
  upstream_proxy: "The proxy that services are reached through; HTTPS_PROXY's without it.",
  connect_to: "HOST1:PORT1:HOST2:PORT2, as curl's --connect-to: dial elsewhere.",
  allow_private: "Blocks of private addresses that destinations without a rule may be in.",
  allow_endpoints: "Endpoints that give out credentials and may be used all the same.",
  agent_token_file: "A file with a token that any agent may send, under any user name.",
  admin_token_file: "A file with the token of the admin API; one is generated without it.",
  allow_unauthenticated: "Let in clients that prove nothing.",
  via: "What the proxy calls itself in Via; loops are refused then.",
  drain_delay: "How long a stop goes on accepting, while /readyz says 503, in seconds.",
  drain_timeout: "How long a stop waits for what is under way, in seconds.",
  log_format: "How the log is written on stderr.",
  limits: "Limits by name, as --limit has them.",
  rules: "Which hosts get which credential: [HOST, HEADER, SECRET], or match and inject.",
  egress: "Where clients may go. Deny wins over allow, and allow over the default.",
  agents: "Who may use the proxy: the SHA-256 of each one's token, or its addresses.",
  audit: "Where the audit log goes, and how long it is kept.",
  redaction: "Hosts whose responses are not searched for credentials.",
  canaries: "What happens when a placeholder is sent to a host that is not its own.",
  rate_limits: "How much each agent may ask for.",
  secrets: "Secrets by name, and where each comes from; never a value.",
  services: "The services that are known without rules: on, off, or with options.",
};

/**
 * The configuration file's schema as JSON Schema (draft 2020-12), for editors. What it lets through may
 * still be refused: it knows nothing of ports, patterns and names.
 *
 * @param services The catalogue's services, with the options of each.
 */
export function fileJsonSchema(services: readonly ServiceOptions[]): Record<string, unknown> {
  const schema = z.toJSONSchema(makeFileSchema(services), {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== secretSource._zod.def.in) return;
      const kinds = Object.values(secretSources);
      const options = kinds.map((kind) => z.toJSONSchema(kind, { io: "input" }));
      jsonSchema.anyOf = options.map(({ $schema: _, ...rest }) => rest);
    },
  });
  const properties = schema.properties ?? {};
  for (const [key, description] of Object.entries(descriptions)) {
    const property = properties[key];
    if (typeof property === "object") property.description = description;
  }
  return { title: "auth-proxy's configuration file", ...schema };
}
