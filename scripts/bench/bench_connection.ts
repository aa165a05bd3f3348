/** How a client of the benchmark reaches the service. */
export interface Target {
  /** On the loopback. */
  readonly port: number;
  /** What to CONNECT to first, as HOST:PORT; absent if the port is the service's own. */
  readonly connectTo?: string;
  /** The name to verify, by {@linkcode caCerts}. */
  readonly hostname: string;
  readonly caCerts: readonly string[];
}

/** A connection on which small requests are made one after the other. */
export class BenchConnection {
  readonly #tls: Deno.TlsConn;
  readonly #buffer = new Uint8Array(64 * 1024);

  private constructor(tls: Deno.TlsConn) {
    this.#tls = tls;
  }

  /** Connects, with a new session: none is resumed. */
  static async open(target: Target): Promise<BenchConnection> {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: target.port });
    try {
      // As curl, Go and Node do: else each first request waits for a delayed acknowledgement.
      socket.setNoDelay(true);
      if (target.connectTo !== undefined) await tunnel(socket, target.connectTo);
      const { hostname, caCerts } = target;
      const tls = await Deno.startTls(socket, { hostname, caCerts: [...caCerts] });
      return new BenchConnection(tls);
    } catch (error) {
      close(socket);
      throw error;
    }
  }

  /**
   * Sends a request and reads its answer to the end.
   *
   * @param request Encoded, without a body.
   * @throws {Error} unless the answer is a 200 with a Content-Length.
   */
  async exchange(request: Uint8Array): Promise<void> {
    await writeAll(this.#tls, request);
    let length = 0;
    let total: number | undefined;
    while (total === undefined || length < total) {
      // What does not fit is body, of which only the length matters.
      const at = total === undefined ? length : 0;
      const read = await this.#tls.read(this.#buffer.subarray(at));
      if (read === null) throw new Error("Cannot read the answer: the connection was closed");
      length += read;
      total ??= answerLength(this.#buffer.subarray(0, length));
      if (total === undefined && length === this.#buffer.length) {
        throw new Error("Cannot read the answer: its head is too large");
      }
    }
  }

  close(): void {
    close(this.#tls);
  }
}

/** Encodes a GET. */
export function encodeRequest(
  path: string,
  { host, fields = {} }: {
    readonly host: string;
    readonly fields?: Readonly<Record<string, string>>;
  },
): Uint8Array {
  const lines = Object.entries({ Host: host, Accept: "*/*", ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/**
 * The octets of head and body together, once the head is whole.
 *
 * @throws {Error} unless it is a 200 with a Content-Length.
 */
export function answerLength(octets: Uint8Array): number | undefined {
  const text = new TextDecoder("latin1").decode(octets.subarray(0, 8192));
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = text.slice(0, end + 2);
  const [, length] = /\r\ncontent-length: *(\d+)\r\n/i.exec(head) ?? [];
  if (!/^HTTP\/1\.[01] 200 /.test(head) || length === undefined) {
    throw new Error(`Cannot measure with this answer: ${head.split("\r\n")[0]}`);
  }
  return end + 4 + Number(length);
}

async function tunnel(socket: Deno.TcpConn, authority: string): Promise<void> {
  const head = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  await writeAll(socket, new TextEncoder().encode(head));
  const buffer = new Uint8Array(4096);
  let answer = "";
  // The other side says nothing more until the handshake, so that this reads no further than the head.
  while (!answer.includes("\r\n\r\n")) {
    const read = await socket.read(buffer);
    if (read === null) throw new Error(`Cannot CONNECT: closed after ${JSON.stringify(answer)}`);
    answer += new TextDecoder("latin1").decode(buffer.subarray(0, read));
  }
  if (!/^HTTP\/1\.[01] 200 /.test(answer)) {
    throw new Error(`Cannot CONNECT: ${answer.split("\r\n")[0]}`);
  }
}

async function writeAll(to: { write(octets: Uint8Array): Promise<number> }, octets: Uint8Array) {
  let written = 0;
  while (written < octets.length) written += await to.write(octets.subarray(written));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    // A failed handshake has closed it already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
