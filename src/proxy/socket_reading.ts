/**
 * How a socket of node:net or node:tls is read without a queue of its own and without a new buffer
 * for every arrival. All that is internal to Deno 2.9 stands here; tests/proxy/socket_stream_test.ts
 * fails if a release takes it away.
 *
 * @module
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

interface TcpHandle {
  onread(this: TcpHandle, arrived: unknown): void;
  readStop(): unknown;
  readStart(): unknown;
  useUserBuffer(buffer: Uint8Array): void;
  getBytesRead(): number;
}

interface TlsHandle {
  readonly _nativeTcpHandle?: TcpHandle;
  receive(octets: Uint8Array): void;
  useUserBuffer(buffer: Uint8Array): void;
}

interface Internals {
  readonly _handle?: TcpHandle | TlsHandle | null;
  [symbol: symbol]: unknown;
}

/**
 * Stops a socket from reading, so that the kernel's buffers fill up and the sender has to wait.
 *
 * `pause()` alone does not do it for TLS on Deno 2.9: it stops delivery, while the TCP handle below
 * goes on reading into memory without bound. So the handle is stopped too.
 */
export function stopReading(socket: Socket): void {
  socket.pause();
  tcpBelow(socket)?.readStop();
}

/** Undoes {@linkcode stopReading}. */
export function startReading(socket: Socket): void {
  tcpBelow(socket)?.readStart();
  socket.resume();
}

/** The TCP handle under a TLSSocket. */
function tcpBelow(socket: Socket): TcpHandle | undefined {
  const handle = internals(socket)._handle;
  return socket instanceof TLSSocket && handle && "receive" in handle
    ? handle._nativeTcpHandle
    : undefined;
}

/**
 * Delivers what arrives from now on as views of one buffer that all sockets share: what node:net calls
 * the `onread` option, given to a socket that exists already. Without it every arrival is a buffer
 * outside V8's heap that waits for a garbage collection.
 *
 * Not for a socket that a TLSSocket will be put on: this is done to the TLSSocket. What has come
 * already goes to the socket's listeners for `data` before this returns.
 *
 * @param onOctets Called with a buffer and how many octets at its start have arrived; it is used again
 *   as soon as this returns.
 */
export function readIntoSharedBuffer(
  socket: Socket,
  onOctets: (buffer: Uint8Array, count: number) => void,
): void {
  const inside = internals(socket);
  const symbols = Object.getOwnPropertySymbols(socket);
  const buffer = symbols.find(({ description }) => description === "kBuffer");
  const callback = symbols.find(({ description }) => description === "kBufferCb");
  const handle = inside._handle;
  // Elsewhere than in Deno 2.9 there are `data` events as ever.
  if (buffer === undefined || callback === undefined || !handle?.useUserBuffer) return;
  // What has come already is in the socket's own queue, and would be delivered after what comes now.
  // Each read makes room there for more.
  while (socket.readableLength > 0 && socket.read() !== null);
  inside[buffer] = clear;
  inside[callback] = (count: number) => {
    onOctets(clear, count);
    return true;
  };
  handle.useUserBuffer(clear);
  if ("receive" in handle) receiveFromSharedBuffer(handle);
}

/** The same for the octets that TLS decrypts: Deno hands them over in a new buffer each time. */
function receiveFromSharedBuffer(tls: TlsHandle): void {
  const tcp = tls._nativeTcpHandle;
  if (tcp === undefined) return;
  const { onread } = tcp;
  let seen = tcp.getBytesRead();
  tcp.onread = function (arrived) {
    const total = tcp.getBytesRead();
    const count = total - seen;
    seen = total;
    if (count > 0) tls.receive(encrypted.subarray(0, count));
    // The end, or a failure.
    else onread.call(tcp, arrived);
  };
  tcp.useUserBuffer(encrypted);
  // The callback is looked up when reading starts.
  tcp.readStop();
  tcp.readStart();
}

/** Each is filled by a read and emptied by the callback that follows at once, before any other. */
const clear = new Uint8Array(64 * 1024);
const encrypted = new Uint8Array(64 * 1024);

function internals(socket: Socket): Internals {
  return socket as unknown as Internals;
}
