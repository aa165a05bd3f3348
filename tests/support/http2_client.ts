import { data, headers, type Line } from "./http2_frames.ts";
import { Http2Peer, type PeerStream } from "./http2_peer.ts";
import { hostOf, RawClient, type TunnelOptions } from "./proxy_client.ts";
import { waitUntil, within } from "./wait_until.ts";

/** A client of HTTP/2 made of bare frames, in a tunnel through the proxy. */
export class Http2Client extends Http2Peer {
  readonly authority: string;
  #nextId = 1;

  private constructor(
    connection: Deno.TlsConn,
    { authority, reads }: { authority: string; reads: boolean },
  ) {
    super(connection, { role: "client", reads });
    this.authority = authority;
  }

  /** CONNECT through the proxy at `url`, TLS inside with ALPN h2, and both sides' SETTINGS. */
  static async tunnel(
    url: string,
    options: TunnelOptions & {
      readonly settings?: readonly (readonly [number, number])[];
      /** Whether what comes is read. */
      readonly reads?: boolean;
    },
  ): Promise<Http2Client> {
    const { target, ca, connectFields, reads = true } = options;
    const outer = await RawClient.connect(url);
    const response = await outer.openTunnel(target, connectFields);
    if (response.status !== 200) throw new Error(`CONNECT is answered with ${response.status}`);
    const connection = await Deno.startTls(outer.connection as unknown as Deno.TcpConn, {
      hostname: options.serverName ?? hostOf(target),
      caCerts: [ca],
      alpnProtocols: ["h2", "http/1.1"],
    });
    const handshake = connection.handshake();
    const { alpnProtocol } = await within(handshake, { what: "the handshake is done" });
    if (alpnProtocol !== "h2") throw new Error(`The proxy has chosen ${alpnProtocol}`);
    const client = new Http2Client(connection, { authority: hostOf(target), reads });
    await client.sayHello(options.settings);
    if (reads) await waitUntil(() => client.settingsSeen, { what: "the proxy has said SETTINGS" });
    return client;
  }

  /** The pseudo-header fields of a request, then these lines. */
  lines(method: string, path: string, lines: readonly Line[] = []): Line[] {
    return [
      [":method", method],
      [":scheme", "https"],
      [":authority", this.authority],
      [":path", path],
      ...lines,
    ];
  }

  /** The number of the next stream. */
  nextId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  /** Sends a head, with content and trailers if there are any. @returns The stream's number. */
  async request(
    lines: readonly Line[],
    { body, trailers, end = true }: { body?: string; trailers?: readonly Line[]; end?: boolean } =
      {},
  ): Promise<number> {
    const id = this.nextId();
    const endsWithHead = end && body === undefined && trailers === undefined;
    const frames = [headers(id, lines, { end: endsWithHead })];
    if (body !== undefined) frames.push(data(id, body, { end: end && trailers === undefined }));
    if (trailers !== undefined) frames.push(headers(id, trailers, { end: true }));
    await this.send(...frames);
    return id;
  }

  /** A request without content, and its answer. */
  async get(path: string, lines: readonly Line[] = []): Promise<PeerStream> {
    return await this.over(await this.request(this.lines("GET", path, lines)));
  }
}
