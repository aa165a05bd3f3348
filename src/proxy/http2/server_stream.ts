import { responseFraming } from "../../wire/framing.ts";
import { parseResponseHead } from "../../wire/http1_head.ts";
import { writeResponseSection } from "../../wire/http2/from_http1.ts";
import type { OctetBuffer } from "../../wire/octet_buffer.ts";
import { WireError } from "../../wire/wire_error.ts";
import { MessageStream, type OutgoingHead, whole } from "./message_stream.ts";
import type { Http2Session } from "./session.ts";
import type { Content } from "../../wire/http2/to_http1.ts";
import type { HeadLimits } from "../../wire/http1_head.ts";

/** A stream that a client has opened: its request is read, the response to it written. */
export class ServerStream extends MessageStream {
  readonly #method: string;

  /** @param options `method` and `content` are those of the request, whose head has been read. */
  constructor(
    session: Http2Session,
    options: {
      id: number;
      trailerLimits: HeadLimits;
      method: string;
      content: Content;
      end: boolean;
    },
  ) {
    super(session, options);
    this.#method = options.method;
    this.startContent(options.content, options.end);
  }

  protected receiveHead(): never {
    throw new WireError("Cannot accept the request: a second head");
  }

  protected composeHead(octets: Uint8Array, block: OctetBuffer): OutgoingHead {
    const head = parseResponseHead(octets, octets.length, whole);
    writeResponseSection(block, head, this.session.encoder);
    const interim = head.status < 200;
    return { framing: responseFraming(this.#method, head), interim };
  }
}
