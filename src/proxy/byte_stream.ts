import type { WriteProgress } from "./write_progress.ts";

/**
 * A two-way stream of octets: what the data plane sees of a socket, in clear or over TLS.
 *
 * Reading pulls, so that a slow receiver stops its sender and nothing is collected in between.
 */
export interface ByteStream {
  /** The peer's address and port. */
  readonly peer: string;

  /**
   * Returns the octets that arrived next, or `null` once the peer has ended its side. The view is
   * valid until the next call.
   *
   * @throws {Error} if the connection broke.
   */
  read(): Promise<Uint8Array | null>;

  /** What {@linkcode read} would return without waiting, if there is anything. */
  take(): Uint8Array | undefined;

  /** Puts octets back, so that the next {@linkcode read} returns them. */
  unread(bytes: Uint8Array): void;

  /** Whether the next {@linkcode read} returns octets without waiting for the peer. */
  readonly hasUnread: boolean;

  /**
   * Whether the end is the peer's own word. Over TLS it is if the peer has said close_notify (RFC 8446
   * section 6.1): anybody on the way can end a TCP connection.
   */
  readonly endIsCertain: boolean;

  /** Lets the next read run while the caller writes what it has. */
  prefetch(): void;

  /** Whether a read would not wait: octets, the end or a failure have arrived. */
  readonly isReadable: boolean;

  /**
   * Resolves once something has arrived: octets, the end or a failure. A read that was under way may
   * have taken it by then.
   */
  readable(): Promise<void>;

  /**
   * Writes all octets; once it resolves, the caller may use their memory again.
   *
   * @throws {Error} if the connection broke.
   */
  write(bytes: Uint8Array): Promise<void>;

  /** What has become of the writes. */
  readonly writes: WriteProgress;

  /** Ends our side; what the peer still sends can be read. */
  closeWrite(): Promise<void>;

  /** Called once when the connection is gone, both sides of it. */
  onClose?: (() => void) | undefined;

  /** Closes both sides at once. Pending reads end or fail; closing twice is harmless. */
  close(): void;
}

/** Writes an address and a port, as they are in logs: `127.0.0.1:443`, `[::1]:443`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Turns octets that have arrived into those that are passed on, appended to `out`. */
export type Change = (octets: Uint8Array, out: Uint8Array[]) => void;

/** Copies one direction until its sender ends, then ends the receiver's side. */
export async function copy(
  from: ByteStream,
  { to, onProgress, change }: {
    to: ByteStream;
    onProgress: () => void;
    change?: Change | undefined;
  },
): Promise<void> {
  for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) {
    from.prefetch();
    if (change === undefined) await to.write(chunk);
    else {
      const out: Uint8Array[] = [];
      change(chunk, out);
      for (const piece of out) await to.write(piece);
    }
    onProgress();
  }
  await to.closeWrite();
}
