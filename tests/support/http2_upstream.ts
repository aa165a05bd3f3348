import { data, headers, type Line } from "./http2_frames.ts";
import { Http2Peer, type PeerStream } from "./http2_peer.ts";
import type { ServerCertificate } from "./test_pki.ts";

/** Answers a stream when its head has come, by whatever frames. */
export type StreamHandler = (stream: PeerStream, peer: Http2Peer) => void | Promise<void>;

/** A service that speaks HTTP/2 alone, in whatever frames a test gives it. */
export class Http2Upstream implements AsyncDisposable {
  readonly address: string;
  /** One for each connection, in the order in which they came. */
  readonly peers: Http2Peer[] = [];
  readonly #listener: Deno.Listener<Deno.TlsConn>;
  readonly #accepting: Promise<void>;
  readonly #settings: readonly (readonly [number, number])[];
  #handler: StreamHandler;

  private constructor(
    { certificate, handler, settings = [] }: {
      certificate: ServerCertificate;
      handler: StreamHandler;
      settings?: readonly (readonly [number, number])[];
    },
  ) {
    this.#handler = handler;
    this.#settings = settings;
    this.#listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      ...certificate,
      alpnProtocols: ["h2"],
    });
    const { hostname, port } = this.#listener.addr as Deno.NetAddr;
    this.address = `${hostname}:${port}`;
    this.#accepting = this.#acceptAll();
  }

  static listen(
    options: {
      certificate: ServerCertificate;
      handler: StreamHandler;
      settings?: readonly (readonly [number, number])[];
    },
  ): Http2Upstream {
    return new Http2Upstream(options);
  }

  /** Every stream so far, of all connections. */
  get streams(): PeerStream[] {
    return this.peers.flatMap(({ streams }) => [...streams.values()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const peer of this.peers) peer.close();
    await this.#accepting;
    await Promise.all(this.peers.map(({ reading }) => reading));
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      try {
        const connection = await this.#listener.accept();
        await connection.handshake();
        const peer = new Http2Peer(connection, { role: "server" });
        peer.onStream = (stream) => void this.#handler(stream, peer);
        this.peers.push(peer);
        await peer.sayHello(this.#settings);
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
      }
    }
  }
}

/** Answers with this text at once, whatever is asked. */
export function answerText(text: string, lines: readonly Line[] = []): StreamHandler {
  return (stream, peer) =>
    peer.send(
      headers(stream.id, [[":status", "200"], ...lines]),
      data(stream.id, text, { end: true }),
    );
}
