import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

interface NativeHandle {
  readStop?(): unknown;
  readStart?(): unknown;
}

interface HandleHolder {
  readonly _handle?: { readonly _nativeTcpHandle?: NativeHandle } | null;
}

/**
 * Stops a socket from reading, so that the kernel's buffers fill up and the sender has to wait.
 *
 * `pause()` alone does not do it for TLS on Deno 2.9: it stops delivery, while the TCP handle below
 * goes on reading into memory without bound. So the handle is stopped too. It is internal to Deno;
 * tests/proxy/socket_stream_test.ts fails if a release takes it away.
 */
export function stopReading(socket: Socket): void {
  socket.pause();
  nativeHandle(socket)?.readStop?.();
}

/** Undoes {@linkcode stopReading}. */
export function startReading(socket: Socket): void {
  nativeHandle(socket)?.readStart?.();
  socket.resume();
}

function nativeHandle(socket: Socket): NativeHandle | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return (socket as unknown as HandleHolder)._handle?._nativeTcpHandle;
}
