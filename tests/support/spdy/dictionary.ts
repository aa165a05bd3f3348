/**
 * The dictionary that SPDY/3 compresses header blocks with (SPDY Protocol, Draft 3.1, section
 * 2.6.10.1).
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Names and values that stand in it with their length, as they would in a header block. */
const entries = "options head post put delete trace accept accept-charset accept-encoding " +
  "accept-language accept-ranges age allow authorization cache-control connection content-base " +
  "content-encoding content-language content-length content-location content-md5 content-range " +
  "content-type date etag expect expires from host if-match if-modified-since if-none-match " +
  "if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate " +
  "proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade " +
  "user-agent vary via warning www-authenticate method get status";

const lastEntries = [
  "200 OK",
  "version",
  "HTTP/1.1",
  "url",
  "public",
  "set-cookie",
  "keep-alive",
  "origin",
];

/** What follows them is plain text. */
const rest =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request" +
  "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented" +
  "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 " +
  "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif," +
  "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=" +
  "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/** The dictionary's octets: 1,423 of them. */
export function spdyDictionary(): Buffer {
  const counted = [...entries.split(" "), ...lastEntries].map((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    return Buffer.concat([length, Buffer.from(text, "latin1")]);
  });
  return Buffer.concat([...counted, Buffer.from(rest, "latin1")]);
}
