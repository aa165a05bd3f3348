import type { Route } from "./contender.ts";
import type { Lab } from "./lab.ts";
import { apiHost, type Upstream } from "./upstream.ts";

/** One run of curl. */
export interface CurlOptions {
  readonly route: Route;
  readonly upstream: Upstream;
  /** {@linkcode apiHost} by default. */
  readonly host?: string;
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** A file to PUT. */
  readonly upload?: string;
}

export interface CurlResult {
  /** 0 if the connection broke. */
  readonly status: number;
  /** Octets of body, in either direction. */
  readonly octets: { readonly down: number; readonly up: number };
  /** From when the connection was up. */
  readonly seconds: number;
}

/** Of curl(1): an empty answer, a failure to send, a failure to receive, a partial body. */
const brokenConnection = [18, 52, 55, 56];

/** Makes one request on a new connection, and drops the body that comes back. */
export async function runCurl(lab: Lab, options: CurlOptions): Promise<CurlResult> {
  const { route, upstream, host = apiHost, path, fields = {}, upload } = options;
  const sent = route.authorization === undefined
    ? fields
    : { ...fields, Authorization: route.authorization };
  const { stdout } = await lab.run([
    // -q first: no configuration of the user's.
    ...["curl", "-q", "--http1.1", "-sS", "-o", "/dev/null", "--cacert", route.caFile],
    ...["-w", "%{http_code} %{size_download} %{size_upload} %{time_pretransfer} %{time_total}"],
    ...route.kind === "connect"
      ? ["--noproxy", "", "--proxy", `http://127.0.0.1:${route.port}`]
      : ["--noproxy", "*", "--connect-to", `::127.0.0.1:${route.port}`],
    ...Object.entries(sent).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    // No Expect: a 100 is not what is measured.
    ...upload === undefined ? [] : ["-H", "Expect:", "-T", upload],
    `https://${host}:${upstream.port}${path}`,
  ], { accept: brokenConnection });
  const [status = NaN, down = NaN, up = NaN, ready = NaN, total = NaN] = stdout.split(" ")
    .map(Number);
  return { status, octets: { down, up }, seconds: total - ready };
}
