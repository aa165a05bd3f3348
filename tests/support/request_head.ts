import { parseRequestHead, type RequestHead } from "../../src/wire/http1_head.ts";

/** A request head as it would be parsed: `GET /path` and its field lines. */
export function requestHead(requestLine: string, ...fields: readonly string[]): RequestHead {
  const text = [`${requestLine} HTTP/1.1`, "Host: example.com", ...fields, "", ""].join("\r\n");
  const octets = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return parseRequestHead(octets, octets.length, { maxBytes: 65_536, maxFieldLines: 100 });
}
