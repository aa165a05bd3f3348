import type { Lab } from "./lab.ts";
import { apiHost, type Upstream } from "./upstream.ts";
import { proxychains } from "./wrk.ts";

/** One run of h2load, through a proxy that takes CONNECT. */
export interface H2loadOptions {
  /** The proxy's port. */
  readonly port: number;
  readonly upstream: Upstream;
  readonly path: string;
  readonly connections: number;
  /** Requests at a time on each connection. */
  readonly streams: number;
  readonly seconds: number;
}

/** What h2load says of a run. */
export interface H2loadSummary {
  readonly succeeded: number;
  /** Requests that failed, and statuses over 299. */
  readonly errors: number;
}

/**
 * Loads a proxy with requests over HTTP/2, as fast as they are answered.
 *
 * @throws {Error} if any request failed, or another protocol was spoken.
 */
export async function runH2load(lab: Lab, options: H2loadOptions): Promise<H2loadSummary> {
  const { port, upstream, path, connections, streams, seconds } = options;
  const { stdout } = await lab.run([
    ...await proxychains(lab, port),
    ...["h2load", "-t", "1", "-c", String(connections), "-m", String(streams)],
    ...["-D", String(seconds), `https://${apiHost}:${upstream.http2Port}${path}`],
  ]);
  const summary = parseH2loadSummary(stdout);
  if (summary.errors === 0) return summary;
  throw new Error(`of ${summary.succeeded} requests, ${summary.errors} failed or were refused`);
}

/** Reads what h2load prints at its end; throws if it was not HTTP/2. */
export function parseH2loadSummary(stdout: string): H2loadSummary {
  const requests = /(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(stdout);
  const statuses = /^status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(stdout);
  if (requests === null || statuses === null || !/^Application protocol: h2$/m.test(stdout)) {
    throw new Error(`Cannot parse what h2load said: ${stdout.slice(-500)}`);
  }
  const [succeeded = 0, ...failures] = requests.slice(1).map(Number);
  const errors = [...failures, ...statuses.slice(1).map(Number)]
    .reduce((sum, count) => sum + count, 0);
  return { succeeded, errors };
}
