import { requestFraming } from "../../wire/framing.ts";
import { parseRequestHead } from "../../wire/http1_head.ts";
import { writeRequestSection } from "../../wire/http2/from_http1.ts";
import type { HeaderList } from "../../wire/http2/hpack_decoder.ts";
import { type Content, writeResponseHead } from "../../wire/http2/to_http1.ts";
import type { OctetBuffer } from "../../wire/octet_buffer.ts";
import { MessageStream, type OutgoingHead, whole } from "./message_stream.ts";

/** A stream of ours to a service: a request is written, the response to it read. */
export class UpstreamStream extends MessageStream {
  #method = "";

  protected receiveHead(
    { fields }: HeaderList,
    end: boolean,
  ): Content & { readonly interim: boolean } {
    return writeResponseHead(this.incoming, fields, { method: this.#method, end });
  }

  protected composeHead(octets: Uint8Array, block: OctetBuffer): OutgoingHead {
    const head = parseRequestHead(octets, octets.length, whole);
    this.#method = head.method;
    writeRequestSection(block, head, this.session.encoder);
    return { framing: requestFraming(head), interim: false };
  }
}
