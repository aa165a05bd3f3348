import type { Route } from "./contender.ts";
import type { Lab } from "./lab.ts";
import { apiHost, type Upstream } from "./upstream.ts";

/** One run of wrk. */
export interface WrkOptions {
  readonly route: Route;
  readonly upstream: Upstream;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
}

/** What wrk says of a run. */
export interface WrkSummary {
  readonly requests: number;
  readonly micros: number;
  /** Connections, reads and writes that failed, statuses over 399, and requests that took over 2 s. */
  readonly errors: {
    readonly connect: number;
    readonly read: number;
    readonly write: number;
    readonly status: number;
    readonly timeout: number;
  };
}

const marker = "SUMMARY ";

const script = `
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('${marker}{"requests":%d,"micros":%d,"errors":{"connect":%d,"read":%d,' ..
    '"write":%d,"status":%d,"timeout":%d}}\\n', summary.requests, summary.duration,
    e.connect, e.read, e.write, e.status, e.timeout))
end
`;

/**
 * Loads a route with requests, as fast as they are answered.
 *
 * The upstream answers 401 without the credential, and a status over 399 is an error: so every
 * request that was counted had it.
 *
 * @throws {Error} if any request failed.
 */
export async function runWrk(lab: Lab, options: WrkOptions): Promise<WrkSummary> {
  const { route, upstream, path, connections, seconds } = options;
  const wrk = [
    ...["wrk", "-t", "1", "-c", String(connections), "-d", `${seconds}s`],
    ...["-s", await lab.write("summary.lua", script), "-H", `Host: ${apiHost}:${upstream.port}`],
    ...route.authorization === undefined ? [] : ["-H", `Authorization: ${route.authorization}`],
  ];
  const command = route.kind === "straight" ? [...wrk, `https://127.0.0.1:${route.port}${path}`] : [
    ...await proxychains(lab, route.port),
    ...[...wrk, `https://${apiHost}:${upstream.port}${path}`],
  ];
  const summary = parseWrkSummary((await lab.run(command)).stdout);
  const { connect, read, write, status, timeout } = summary.errors;
  // A request that took over 2 s was answered all the same.
  if (connect + read + write + status > 0) {
    throw new Error(
      `of ${summary.requests} requests, ${status} were refused; ${connect} ` +
        `connections, ${read} reads and ${write} writes failed (${timeout} were slow)`,
    );
  }
  return summary;
}

/** The line that our script makes wrk print. */
export function parseWrkSummary(stdout: string): WrkSummary {
  const line = stdout.split("\n").find((text) => text.startsWith(marker));
  if (line === undefined) throw new Error(`Cannot parse what wrk said: ${stdout.slice(-500)}`);
  return JSON.parse(line.slice(marker.length));
}

/**
 * What goes before a command to put it behind the CONNECT proxy on this port; proxychains4 sends the name,
 * which nothing else resolves.
 */
export async function proxychains(lab: Lab, port: number): Promise<string[]> {
  return ["proxychains4", "-q", "-f", await proxychainsConfig(lab, port)];
}

function proxychainsConfig(lab: Lab, port: number): Promise<string> {
  return lab.write(
    `proxychains-${port}.conf`,
    `strict_chain
quiet_mode
proxy_dns
remote_dns_subnet 224
tcp_read_time_out 15000
tcp_connect_time_out 15000
[ProxyList]
http 127.0.0.1 ${port}
`,
  );
}
