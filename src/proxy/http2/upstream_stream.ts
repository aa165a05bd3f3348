import { requestFraming } from "../../wire/framing.ts";
import { type HeadLimits, parseRequestHead } from "../../wire/http1_head.ts";
import { writeRequestSection } from "../../wire/http2/from_http1.ts";
import type { HeaderList } from "../../wire/http2/hpack_decoder.ts";
import { type Content, writeResponseHead } from "../../wire/http2/to_http1.ts";
import type { OctetBuffer } from "../../wire/octet_buffer.ts";
import { WireError } from "../../wire/wire_error.ts";
import { MessageStream, type OutgoingHead, whole } from "./message_stream.ts";
import type { Http2Session } from "./session.ts";

/** More interim responses than an exchange takes; no window bounds them. */
const MAX_INTERIM_RESPONSES = 64;

/** A stream of ours to a service: a request is written, the response to it read. */
export class UpstreamStream extends MessageStream {
  #method = "";
  #interim = 0;

  constructor(session: Http2Session, { trailerLimits }: { trailerLimits: HeadLimits }) {
    super(session, { id: 0, trailerLimits });
  }

  protected receiveHead(
    { fields }: HeaderList,
    end: boolean,
  ): Content & { readonly interim: boolean } {
    const content = writeResponseHead(this.incoming, fields, { method: this.#method, end });
    if (content.interim && ++this.#interim > MAX_INTERIM_RESPONSES) {
      throw new WireError("Cannot accept the response: more interim ones than allowed");
    }
    return content;
  }

  protected composeHead(octets: Uint8Array, block: OctetBuffer): OutgoingHead {
    const head = parseRequestHead(octets, octets.length, whole);
    this.#method = head.method;
    writeRequestSection(block, head, this.session.encoder);
    return { framing: requestFraming(head), interim: false };
  }
}
