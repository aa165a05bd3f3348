import type { Socket } from "node:net";
import { anonymous, type ClientIdentity } from "../policy/client_identity.ts";
import { certificateIdentity } from "./agent_gate.ts";
import { serveConnect } from "./connect.ts";
import type { AdmittedConnection, Full } from "./connection_table.ts";
import { closeAfter, headBuffers, type ProxyContext, type SocketDownstream } from "./context.ts";
import type { Deadline } from "./deadlines.ts";
import { serveHttp1 } from "./http1_server.ts";
import { serveHttp2 } from "./http2/serve_http2.ts";
import { SocketStream } from "./socket_stream.ts";

/** A client on whose connection TLS is spoken. */
export type SecuredClient = Pick<SocketDownstream, "stream" | "certificate">;

/**
 * Puts TLS on a new connection.
 *
 * @returns `undefined` if that failed; the socket is then of no use any more.
 */
export type Secure = (socket: Socket) => Promise<SecuredClient | undefined>;

/** What is done with the connections of one listening socket. */
export interface Ingress {
  /** What is in force at this moment: asked for once by each connection, and by each request. */
  readonly context: () => ProxyContext;
  /** Absent where clients speak in clear. */
  readonly secure?: Secure;
}

/** One client's connection, as the listener keeps it. */
export class ClientConnection {
  readonly socket: Socket;
  readonly #ingress: Ingress;
  readonly #admission: AdmittedConnection | Full;
  readonly #admitExchange: SocketDownstream["admitExchange"];
  readonly #peer: string;
  /** Whether a drain waits for it. */
  busy = false;
  /** Whom the client has proved to be; none as long as it has not been asked. */
  identity: ClientIdentity | undefined;

  constructor(
    socket: Socket,
    { ingress, admission, admitExchange }: {
      ingress: Ingress;
      admission: AdmittedConnection | Full;
      admitExchange: SocketDownstream["admitExchange"];
    },
  ) {
    this.socket = socket;
    this.#ingress = ingress;
    this.#admission = admission;
    this.#admitExchange = admitExchange;
    this.#peer = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
  }

  /** Whether the client may go on as whom it has proved to be. */
  get isAdmitted(): boolean {
    return this.identity === undefined || this.#ingress.context().gate.admits(this.identity);
  }

  /**
   * Serves the connection until it ends.
   *
   * @param options `refusal` is what it is answered at once, and with which it is closed.
   */
  serve(
    { deadline, refusal }: {
      deadline: Deadline;
      refusal?: Uint8Array;
    },
  ): Promise<void> {
    const { secure, context } = this.#ingress;
    if (secure !== undefined) return this.#serveSecured({ secure, context, deadline });
    const downstream = this.#downstream({ stream: new SocketStream(this.socket) }, deadline);
    return refusal === undefined ? serve(downstream, context) : closeAfter(refusal, downstream);
  }

  async #serveSecured(
    { secure, context, deadline }: {
      secure: Secure;
      context: () => ProxyContext;
      deadline: Deadline;
    },
  ): Promise<void> {
    deadline.set(context().limits.handshakeTimeout);
    const client = await secure(this.socket);
    if (client === undefined) return void this.socket.destroy();
    deadline.clear();
    const { certificate } = client;
    if (certificate !== undefined && "agent" in certificate) {
      this.identity = certificateIdentity(certificate);
    }
    await serve(this.#downstream(client, deadline), context);
  }

  /** What an exchange sees of the connection. */
  #downstream(client: SecuredClient, deadline: Deadline): SocketDownstream {
    const admission = this.#admission;
    const setIdentity = (identity: ClientIdentity) => {
      this.identity = identity;
    };
    const getIdentity = () => this.identity ?? anonymous;
    return {
      ...headBuffers(),
      ...client,
      protocol: "http/1.1",
      deadline,
      peer: this.#peer,
      get identity() {
        return getIdentity();
      },
      set identity(identity) {
        setIdentity(identity);
      },
      setBusy: (busy) => {
        this.busy = busy !== "idle";
        if (typeof admission === "string") return true;
        if (busy === "busy") return admission.work();
        admission.wait();
        return true;
      },
      admitExchange: this.#admitExchange,
      prove: () => {
        if (typeof admission !== "string") admission.prove();
      },
    };
  }
}

/**
 * Serves a connection, then the one inside. The one variable is all that holds either: what belonged
 * to the outer one alone is let go.
 */
async function serve(
  downstream: SocketDownstream | undefined,
  context: () => ProxyContext,
): Promise<void> {
  if (downstream !== undefined) {
    downstream = await serveHttp1(downstream, { context, serveConnect });
  }
  if (downstream === undefined) return;
  if (downstream.protocol === "h2") await serveHttp2(downstream, { context });
  else await serveHttp1(downstream, { context });
}
