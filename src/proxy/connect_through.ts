import { ProxyError } from "../errors.ts";
import { formatHop, type ProxyHop } from "../policy/proxy_hop.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import { parseResponseHead } from "../wire/http1_head.ts";
import { OctetBuffer } from "../wire/octet_buffer.ts";
import { type DialOptions, dialSocket } from "./dial.ts";
import { startNodeTls } from "./node_tls.ts";
import { takeHead } from "./read_head.ts";
import { SocketStream } from "./socket_stream.ts";

/** What another proxy's answer to CONNECT may have. */
const limits = { maxBytes: 16 * 1024, maxFieldLines: 100 };

/** How another proxy is reached. */
export interface HopDestination extends DialOptions {
  readonly hop: ProxyHop;
  readonly addresses: readonly string[];
  /** PEM: what vouches for its certificate, if it is spoken to over TLS. */
  readonly anchors: string;
}

/**
 * Connects to another proxy, over TLS if its URL says so.
 *
 * @throws {ProxyError} as `dialSocket()` and `startNodeTls()` do, with the proxy's name before it; and
 *   the signal's reason.
 */
export async function connectToHop(
  { hop, addresses, anchors, ...options }: HopDestination,
): Promise<SocketStream> {
  const started = performance.now();
  try {
    const socket = await dialSocket(addresses, options);
    const stream = new SocketStream(socket);
    if (hop.scheme === "http") return stream;
    const { stream: secured } = await startNodeTls(stream, {
      demand: { name: hop.authority.host, extraAnchors: [], protocols: ["http/1.1"] },
      ca: anchors,
      timeout: timeLeft(options.timeout, started),
      signal: options.signal,
    });
    return secured;
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const text = `The proxy ${formatHop(hop)} cannot be reached: ${error.message}`;
    throw new ProxyError(error.kind, text, { cause: error });
  }
}

/**
 * Has another proxy open a tunnel (RFC 9110 section 9.3.6). What it says beside the status is read by
 * nobody: it may repeat our Proxy-Authorization.
 *
 * @returns The tunnel; what arrived right after the answer is unread in it.
 * @throws {ProxyError} as {@linkcode connectToHop} does; `destination_unavailable` or
 *   `connection_timeout` if it opens none; and the signal's reason.
 */
export async function connectThrough(
  destination: HopDestination & { readonly target: Authority },
): Promise<SocketStream> {
  const { hop, target, timeout, signal } = destination;
  const started = performance.now();
  const stream = await connectToHop(destination);
  const name = formatHop(hop);
  let reason: unknown;
  const giveUp = (why: unknown) => {
    reason ??= why;
    stream.close();
  };
  const alarm = setTimeout(
    () => giveUp(new ProxyError("connection_timeout", `The proxy ${name} did not answer in time`)),
    timeLeft(timeout, started),
  );
  const callOff = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", callOff);
  if (signal?.aborted) callOff();
  try {
    const status = await askForTunnel(stream, { hop, target: formatAuthority(target) });
    if (reason !== undefined) throw reason;
    if (status >= 200 && status <= 299) return stream;
    throw refusedTunnel(status, hop);
  } catch (cause) {
    stream.close();
    if (reason !== undefined) throw reason;
    if (cause instanceof ProxyError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw noTunnel(hop, { why, cause });
  } finally {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", callOff);
  }
}

/**
 * The same, for TLS: a server says nothing there before its client does, so what has come already is not
 * its own.
 */
export async function connectThroughForTls(
  destination: HopDestination & { readonly target: Authority },
): Promise<SocketStream> {
  const stream = await connectThrough(destination);
  if (!stream.hasUnread) return stream;
  stream.close();
  throw noTunnel(destination.hop, { why: "it says more than its answer" });
}

/** The refusal where another proxy demands a login of us, or another one than we have. */
export function loginRefused({ login, source }: ProxyHop): string {
  return login === undefined
    ? `it demands a user and a password (407): give them as http://USER:\${VARIABLE}@HOST:PORT ` +
      `in ${source}`
    : `it does not accept our user and password (407): correct ${login.credential.secret.name}, ` +
      `or the user in ${source}`;
}

/** The failure to have a tunnel opened. */
function noTunnel(
  hop: ProxyHop,
  { why, cause }: { why: string; cause?: unknown },
): ProxyError {
  const text = `The proxy ${formatHop(hop)} opens no tunnel: ${why}`;
  return new ProxyError("destination_unavailable", text, { cause });
}

/** @returns Milliseconds, at least one. */
function timeLeft(timeout: number, started: number): number {
  return Math.max(1, timeout - (performance.now() - started));
}

function refusedTunnel(status: number, hop: ProxyHop): ProxyError {
  if (status === 504) {
    const text = `The proxy ${formatHop(hop)} opens no tunnel: it had no answer in time (504)`;
    return new ProxyError("connection_timeout", text);
  }
  const whys: Readonly<Record<number, string>> = {
    403:
      "its own policy does not allow it (403): have the destination allowed there, or reach it " +
      "directly with --upstream-no-proxy",
    407: loginRefused(hop),
    502: "it cannot reach the destination (502)",
    503: "it cannot reach the destination (503)",
  };
  return noTunnel(hop, { why: whys[status] ?? `it answered CONNECT with ${status}` });
}

/** @returns The status that it answered with. */
async function askForTunnel(
  stream: SocketStream,
  { hop, target }: { hop: ProxyHop; target: string },
): Promise<number> {
  const out = new OctetBuffer(0);
  out.text(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n`);
  hop.login?.field.appendTo(out);
  out.text("\r\n");
  await stream.write(out.view());
  const first = await stream.read();
  if (first === null) throw new Error("it closed the connection");
  const octets = await takeHead(stream, { first, limits });
  return parseResponseHead(octets, octets.length, limits).status;
}
