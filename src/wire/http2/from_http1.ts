/**
 * Messages in the form of HTTP/1.1 as field sections of HTTP/2.
 *
 * What is written has been through the proxy and its parser: here only the form changes, and nothing
 * that belongs to a connection of HTTP/1.1 comes along.
 *
 * @module
 */
import type { Fields } from "../fields.ts";
import type { RequestHead, ResponseHead } from "../http1_head.ts";
import type { OctetBuffer } from "../octet_buffer.ts";
import type { HpackEncoder } from "./hpack_encoder.ts";

/** Neither may be in a field section (RFC 9113 section 8.2.2), nor has it a meaning there. */
const ofHttp1: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Appends a request's field section; its fields are not to be remembered by anybody on the way. */
export function writeRequestSection(
  out: OctetBuffer,
  { method, target, fields }: RequestHead,
  encoder: HpackEncoder,
): void {
  encoder.begin(out);
  encoder.field(out, { name: ":method", value: method });
  encoder.field(out, { name: ":scheme", value: "https" });
  encoder.field(out, { name: ":authority", value: fields.get("host") ?? "" });
  encoder.field(out, { name: ":path", value: target, sensitive: true });
  writeFields(out, { fields, encoder, dropsHost: true });
  if (fields.list("te").includes("trailers")) {
    encoder.field(out, { name: "te", value: "trailers" });
  }
}

/** Appends a response's field section. */
export function writeResponseSection(
  out: OctetBuffer,
  { status, fields }: ResponseHead,
  encoder: HpackEncoder,
): void {
  encoder.begin(out);
  encoder.field(out, { name: ":status", value: String(status) });
  writeFields(out, { fields, encoder, dropsHost: false });
}

/** Appends a trailer section. */
export function writeTrailerSection(
  out: OctetBuffer,
  fields: Fields,
  encoder: HpackEncoder,
): void {
  encoder.begin(out);
  writeFields(out, { fields, encoder, dropsHost: false });
}

function writeFields(
  out: OctetBuffer,
  { fields, encoder, dropsHost }: { fields: Fields; encoder: HpackEncoder; dropsHost: boolean },
): void {
  for (let index = 0; index < fields.size; index++) {
    const name = fields.name(index);
    if (ofHttp1.has(name) || dropsHost && name === "host") continue;
    encoder.field(out, { name, value: fields.value(index), sensitive: true });
  }
}
