import { join } from "node:path";

/** What a client needs to know to go through the proxy. */
export interface ClientNeeds {
  /** `http://HOST:PORT`, with the agent's name and token if they are demanded. */
  readonly proxyUrl: string;
  /** Where the client sees the CA's public folder. */
  readonly publicFolder: string;
  /** What stands in the place of each credential, by its variable. */
  readonly placeholders: ReadonlyMap<string, string>;
}

/** Every variable names the bundle: system roots and ours. */
export const trustVariables: readonly string[] = [
  "SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
];

/** Both spellings: curl reads the lower-case one alone, others the upper-case one. */
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** The variables of a client's environment, by name. */
export function clientEnvironment(needs: ClientNeeds): ReadonlyMap<string, string> {
  const bundle = join(needs.publicFolder, "ca-bundle.pem");
  return new Map([
    ...proxyVariables.map((name) => [name, needs.proxyUrl] as const),
    ...trustVariables.map((name) => [name, bundle] as const),
    ...needs.placeholders,
  ]);
}

/** How an environment is written down. */
export const environmentFormats = ["sh", "docker", "json"] as const;
export type EnvironmentFormat = typeof environmentFormats[number];

/**
 * Writes an environment: for a POSIX shell to read, as a file for docker's `--env-file`, or as an
 * object of JSON.
 */
export function formatEnvironment(
  variables: ReadonlyMap<string, string>,
  format: EnvironmentFormat,
): string {
  if (format === "json") return `${JSON.stringify(Object.fromEntries(variables), null, 2)}\n`;
  const line = format === "sh"
    ? (name: string, value: string) => `export ${name}=${quote(value)}\n`
    : (name: string, value: string) => `${name}=${value}\n`;
  return [...variables].map(([name, value]) => line(name, value)).join("");
}

/** Quotes a text for a POSIX shell, if it needs that. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
