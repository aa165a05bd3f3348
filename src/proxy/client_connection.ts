import type { Socket } from "node:net";
import { anonymous, type ClientIdentity } from "../policy/client_identity.ts";
import { certificateIdentity } from "./agent_gate.ts";
import type { AdmittedConnection, Full } from "./connection_table.ts";
import { closeAfter, headBuffers, type SocketDownstream } from "./context.ts";
import type { Deadline } from "./deadlines.ts";
import { serveHttp1 } from "./http1_server.ts";
import { clearFront, type Ingress } from "./ingress.ts";
import { type OuterParts, serveOuter } from "./outer_connection.ts";
import { serveHttp2 } from "./http2/serve_http2.ts";
import { SocketStream } from "./socket_stream.ts";
import type { TlsIngress } from "./tls_ingress.ts";

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
    if (this.identity === undefined) return true;
    return this.#ingress.context().gate.admits(this.identity, this.#peer);
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
    const client = {
      stream: new SocketStream(this.socket),
      front: clearFront(this.#ingress.speaks),
    };
    const downstream = this.#downstream(client, deadline);
    if (refusal !== undefined) return closeAfter(refusal, downstream);
    return serve(downstream, { ...this.#ingress, secure: (tls) => this.#secure(downstream, tls) });
  }

  /** @returns The connection inside TLS; `undefined` if the handshake failed. */
  async #secure(
    { stream, deadline }: SocketDownstream,
    tls: TlsIngress,
  ): Promise<SocketDownstream | undefined> {
    deadline.onExpire = () => this.socket.destroy();
    deadline.set(this.#ingress.context().limits.handshakeTimeout);
    const client = await tls.secure(stream, this.#peer);
    if (client === undefined) return void this.socket.destroy();
    deadline.clear();
    const { certificate } = client;
    if (certificate !== undefined && "agent" in certificate) {
      this.identity = certificateIdentity(certificate);
    }
    return this.#downstream({ ...client, front: tls.front }, deadline);
  }

  /** What an exchange sees of the connection. */
  #downstream(
    client: Pick<SocketDownstream, "stream" | "certificate" | "front">,
    deadline: Deadline,
  ): SocketDownstream {
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
  ingress: Ingress & OuterParts,
): Promise<void> {
  if (downstream !== undefined) downstream = await serveOuter(downstream, ingress);
  if (downstream === undefined) return;
  const { context } = ingress;
  if (downstream.protocol === "h2") await serveHttp2(downstream, { context });
  else await serveHttp1(downstream, { context });
}
