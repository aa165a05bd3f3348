import type { ByteStream } from "./byte_stream.ts";

/** The client's side of an exchange: a connection, or one stream of HTTP/2. */
export interface ClientStream extends ByteStream {
  /** Whether the peer has ended its side or the connection is gone: nobody waits for an answer. */
  readonly ended: boolean;
  /** Whether nothing can be written any more. */
  readonly broken: boolean;
  /** How many octets have arrived, and how many have been written: over TLS, those inside it. */
  readonly received: number;
  readonly sent: number;
  /** Called once if the peer ends or breaks the connection. */
  onEnd: (() => void) | undefined;
  /** Called once when the connection is gone, both sides of it. */
  onClose: (() => void) | undefined;
  /**
   * Closes so that the peer cannot take what it got for all there is.
   *
   * @param cause What the peer is told the reason of, where there is a way.
   */
  abort(cause?: unknown): void;
}
