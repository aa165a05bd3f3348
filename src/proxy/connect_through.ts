import type { Socket } from "node:net";
import { ProxyError } from "../errors.ts";
import type { ProxyHop } from "../policy/proxy_hop.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import { parseResponseHead } from "../wire/http1_head.ts";
import { OctetBuffer } from "../wire/octet_buffer.ts";
import { takeHead } from "./read_head.ts";
import { SocketStream } from "./socket_stream.ts";

/** What another proxy's answer to CONNECT may have. */
const limits = { maxBytes: 16 * 1024, maxFieldLines: 100 };

/**
 * Has another proxy open a tunnel (RFC 9110 section 9.3.6), on a socket that is or will be connected to
 * it. What it says beside the status is read by nobody: it may repeat our Proxy-Authorization.
 *
 * @param options `timeout` is in milliseconds; `signal` calls it off.
 * @throws {ProxyError} `destination_unavailable` if it does not, `connection_timeout`; and the signal's
 *   reason. The socket is then of no use.
 */
export async function connectThrough(
  socket: Socket,
  { hop, target, timeout, signal }: {
    hop: ProxyHop;
    target: Authority;
    timeout: number;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const name = formatAuthority(hop.authority);
  let reason: unknown;
  const giveUp = (why: unknown) => {
    reason = why;
    socket.destroy();
  };
  const alarm = setTimeout(
    () => giveUp(new ProxyError("connection_timeout", `The proxy ${name} did not answer in time`)),
    timeout,
  );
  const callOff = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", callOff);
  try {
    const status = await openTunnel(socket, { hop, target: formatAuthority(target) });
    if (status >= 200 && status <= 299) return;
    throw new Error(`it answered CONNECT with ${status}`);
  } catch (cause) {
    socket.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw reason ??
      new ProxyError("destination_unavailable", `The proxy ${name} opens no tunnel: ${why}`, {
        cause,
      });
  } finally {
    clearTimeout(alarm);
    signal?.removeEventListener("abort", callOff);
  }
}

/** @returns The status that it answered with. */
async function openTunnel(
  socket: Socket,
  { hop, target }: { hop: ProxyHop; target: string },
): Promise<number> {
  const stream = new SocketStream(socket);
  const out = new OctetBuffer(0);
  out.text(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n`);
  hop.authorization?.appendTo(out);
  out.text("\r\n");
  await stream.write(out.view());
  const first = await stream.read();
  if (first === null) throw new Error("it closed the connection");
  const octets = await takeHead(stream, { first, limits });
  const { status } = parseResponseHead(octets, octets.length, limits);
  // A server of TLS says nothing before its client does.
  if (stream.detach().early.length > 0) throw new Error("it says more than its answer");
  return status;
}
