import { ProxyError } from "../../errors.ts";
import type { ClientIdentity } from "../../policy/client_identity.ts";
import type { HeaderList } from "../../wire/http2/hpack_decoder.ts";
import { type Content, writeRequestHead } from "../../wire/http2/to_http1.ts";
import { parseRequestHead, type RequestHead } from "../../wire/http1_head.ts";
import { OctetBuffer } from "../../wire/octet_buffer.ts";
import { HeadTooLargeError } from "../../wire/wire_error.ts";
import {
  type Downstream,
  headBuffers,
  type ProxyContext,
  type SocketDownstream,
  type Tunnel,
} from "../context.ts";
import type { Deadline } from "../deadlines.ts";
import { exchange } from "../exchange.ts";
import { refuseUnread, toProxyError } from "../report_refusal.ts";
import { ServerStream } from "./server_stream.ts";
import { Http2Session } from "./session.ts";

/** A connection on which nothing is under way for so many milliseconds gives its memory back. */
const REST_AFTER = 1000;

/**
 * How long after the first GOAWAY the last one follows, in milliseconds: more than what the client
 * sends takes to get here.
 */
const LEAVE_AFTER = 1000;

/** A request as it has been read, or why it cannot be. */
type Arrival = { readonly head: RequestHead } | { readonly failure: ProxyError };

/**
 * Serves the requests of one HTTP/2 connection, each as an exchange of its own, until it ends.
 *
 * @param connection A decrypted one: HTTP/2 is spoken nowhere else.
 * @param options `context` gives what is in force: each request is held to that.
 */
export async function serveHttp2(
  connection: SocketDownstream,
  { context }: { context: () => ProxyContext },
): Promise<void> {
  await new Http2Server(connection, context).run();
}

class Http2Server {
  readonly #connection: SocketDownstream;
  readonly #current: () => ProxyContext;
  readonly #session: Http2Session;
  readonly #exchanges = new Set<Promise<void>>();
  /** Head buffers that no exchange uses any more. */
  readonly #spareBuffers: HeadBuffers[] = [];
  /** When the field section that is arriving began, by a tick. */
  #sectionSince: number | undefined;
  /** When the client was told that the connection will end, by a tick. */
  #leavingSince: number | undefined;

  constructor(connection: SocketDownstream, current: () => ProxyContext) {
    this.#connection = connection;
    this.#current = current;
    const { limits, deadlines, upstreams } = current();
    this.#session = new Http2Session(connection.stream, {
      maxStreams: limits.maxStreams,
      maxSectionOctets: limits.head.maxBytes,
      reserve: upstreams.windowReserve,
      now: () => deadlines.now,
      accept: (id, list, end) => this.#accept(id, { list, end }),
    });
  }

  get #context(): ProxyContext {
    return this.#current();
  }

  async run(): Promise<void> {
    const { deadline, stream } = this.#connection;
    const { headTimeout } = this.#context.limits;
    deadline.onExpire = () => this.#session.goAway();
    deadline.set(headTimeout);
    deadline.onTick = (now) => this.#look(now);
    // A drain leaves it to us: GOAWAY says which requests have not been looked at.
    this.#connection.setBusy("pending");
    await this.#session.run();
    deadline.onTick = undefined;
    deadline.clear();
    await Promise.all(this.#exchanges);
    stream.close();
  }

  /** What nobody tells us of, and what peers may be slow at. */
  #look(now: number): void {
    const { limits, draining } = this.#context;
    const { writes } = this.#connection.stream;
    if (draining()) this.#leave(now);
    if (!this.#session.isInSection) this.#sectionSince = undefined;
    else this.#sectionSince ??= now;
    const inSection = now - (this.#sectionSince ?? now);
    if (inSection >= limits.headTimeout || writes.stalledFor(now) >= limits.stallTimeout) {
      this.#session.close();
    }
  }

  /** Ends the connection in two steps, so that no request is lost that is on its way here. */
  #leave(now: number): void {
    if (this.#leavingSince === undefined) {
      this.#leavingSince = now;
      this.#session.announceEnd();
    } else if (now - this.#leavingSince >= LEAVE_AFTER) this.#session.goAway();
  }

  /** @returns Whether there is room for the stream. */
  #accept(id: number, { list, end }: { list: HeaderList; end: boolean }): boolean {
    const isFirst = this.#exchanges.size === 0;
    const leave = isFirst ? undefined : this.#connection.admitExchange();
    if (!isFirst && leave === undefined) return false;
    const { trailers } = this.#context.limits;
    const { arrival, content } = this.#read(list, end);
    const method = "head" in arrival ? arrival.head.method : "GET";
    const stream = new ServerStream(this.#session, {
      ...{ id, method, content, end },
      trailerLimits: trailers,
    });
    this.#session.add(stream);
    if (isFirst && !this.#connection.setBusy("busy")) {
      this.#session.close();
      return true;
    }
    const served = this.#serve(stream, arrival).finally(() => {
      leave?.();
      this.#exchanges.delete(served);
      if (this.#exchanges.size === 0) this.#rest();
    });
    this.#exchanges.add(served);
    this.#connection.deadline.clear();
    return true;
  }

  /** Reads a request's head; what follows one that cannot be read is dropped. */
  #read(list: HeaderList, end: boolean): { arrival: Arrival; content: Content } {
    const out = new OctetBuffer(0);
    const { head: limits } = this.#context.limits;
    try {
      if (list.tooLarge) {
        throw new ProxyError("head_too_large", `The head is longer than ${limits.maxBytes} octets`);
      }
      const content = writeRequestHead(out, list.fields, { end });
      const octets = out.view();
      return { arrival: { head: parseRequestHead(octets, octets.length, limits) }, content };
    } catch (thrown) {
      const content: Content = end ? { kind: "none" } : { kind: "chunked" };
      const failure = thrown instanceof HeadTooLargeError
        ? new ProxyError("head_too_large", thrown.message)
        : toProxyError(thrown);
      return { arrival: { failure }, content };
    }
  }

  async #serve(stream: ServerStream, arrival: Arrival): Promise<void> {
    const { deadlines, log } = this.#context;
    const connection = this.#connection;
    const deadline = deadlines.add(() => stream.close());
    const buffers = this.#spareBuffers.pop() ?? headBuffers();
    const downstream = new StreamDownstream(connection, { stream, deadline, buffers });
    const parts = { downstream, context: this.#context };
    try {
      if (!("head" in arrival)) await refuseUnread(arrival.failure, parts);
      // What was cut may still be on its way out of them.
      else if (await exchange(arrival.head, parts) === "keep") this.#spareBuffers.push(buffers);
    } catch (error) {
      if (!stream.ended) log.error("failed", { client: connection.peer, cause: String(error) });
    } finally {
      stream.close();
      deadline.release();
    }
  }

  #rest(): void {
    const { deadline, stream } = this.#connection;
    const { keepAliveTimeout } = this.#context.limits;
    this.#connection.setBusy("pending");
    const goAway = () => this.#session.goAway();
    if (keepAliveTimeout <= REST_AFTER) {
      deadline.onExpire = goAway;
      return deadline.set(keepAliveTimeout);
    }
    deadline.onExpire = () => {
      this.#spareBuffers.length = 0;
      this.#session.trim();
      stream.trim();
      deadline.onExpire = goAway;
      deadline.set(keepAliveTimeout - REST_AFTER);
    };
    deadline.set(REST_AFTER);
  }
}

type HeadBuffers = Pick<Downstream, "toUpstream" | "toClient">;

/** The client's side of one stream; who the client is, is the connection's. */
class StreamDownstream implements Downstream {
  readonly stream: ServerStream;
  readonly protocol = "h2";
  readonly deadline: Deadline;
  readonly peer: string;
  declare readonly tunnel?: Tunnel;
  readonly toUpstream: OctetBuffer;
  readonly toClient: OctetBuffer;
  readonly #connection: SocketDownstream;

  constructor(
    connection: SocketDownstream,
    { stream, deadline, buffers }: {
      stream: ServerStream;
      deadline: Deadline;
      buffers: HeadBuffers;
    },
  ) {
    this.#connection = connection;
    this.stream = stream;
    this.deadline = deadline;
    this.peer = connection.peer;
    if (connection.tunnel !== undefined) this.tunnel = connection.tunnel;
    this.toUpstream = buffers.toUpstream;
    this.toClient = buffers.toClient;
  }

  get identity(): ClientIdentity {
    return this.#connection.identity;
  }

  set identity(identity: ClientIdentity) {
    this.#connection.identity = identity;
  }

  setBusy(): boolean {
    return true;
  }

  prove(): void {
    this.#connection.prove();
  }
}
