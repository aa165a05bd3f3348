/**
 * Requests by grammar, good and nearly good. Texts are octets, one for each UTF-16 unit.
 *
 * @module
 */

import fc from "fast-check";

const methods = fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS");
const targets = fc.oneof(
  fc.constantFrom("/", "/a?b=c", "//x/../y", "https://api.github.com/z", "/%00;HTTP/1.1", "/x?y#z"),
  fc.stringMatching(/^\/[!$-;=?-Z_a-z~]{0,20}$/),
);
const fieldLines = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,10}:[ \t]{0,2}[!-~]{0,12}[ \t]?$/) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "Connection: close",
      "Connection: authorization, x-a",
      "Connection: TE",
      "Connection: transfer-encoding",
      "Connection: keep-alive",
      "TE: trailers",
      "Expect: 100-continue",
      "Upgrade: h2c",
      "Keep-Alive: timeout=5",
      "Authorization: mine",
      "Cookie: a=b",
      "Content_Length: 7",
      "Transfer_Encoding: chunked",
      "X-A: \xff\t\x80",
      "Trailer: X-Sum",
      "Proxy-Authorization: Basic x",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Content-Length: 3",
      "Content-Length: 0",
      "content-length: +3",
      "Content-Length : 3",
      "Content-Length: 3, 3",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: identity",
      "Transfer-Encoding: xchunked",
      "Transfer-Encoding:\x0bchunked",
      " folded: yes",
      "Host: evil.com",
      "no colon",
      ": no name",
      "X: a\rY: b",
      "X: a\nY: b",
      "X: \0",
    ),
  },
);
const hostLines = fc.oneof(
  { weight: 12, arbitrary: fc.constant("Host: api.github.com") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Host: API.github.com:443",
      "Host:api.github.com.",
      "Host: evil.com",
    ),
  },
);
const octets = fc.uint8Array({ maxLength: 30 })
  .map((bytes) => String.fromCharCode(...bytes));
const bodies = fc.oneof(
  octets,
  fc.constantFrom("0\r\n\r\n", "GET /smuggled HTTP/1.1\r\nHost: api.github.com\r\n\r\n", "\r\n"),
);
const extensions = fc.constantFrom("", "", "", ";a", ';a="b;c"', ";a=b ");
const trailerLines = fc.array(
  fc.constantFrom("X-Sum: 1", "Content-Length: 5", "Host: evil.com", "x:", "Authorization: mine"),
  { maxLength: 3 },
);
const chunkedBodies = fc.tuple(
  fc.array(fc.tuple(bodies, extensions), { maxLength: 4 }),
  trailerLines,
)
  .map(([chunks, trailers]) => {
    const data = chunks.filter(([chunk]) => chunk !== "")
      .map(([chunk, extension]) => `${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`);
    return `${data.join("")}0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
  });
const framedBodies = fc.oneof(
  fc.constant({ field: "", body: "" }),
  bodies.map((body) => ({ field: `Content-Length: ${body.length}\r\n`, body })),
  chunkedBodies.map((body) => ({ field: "Transfer-Encoding: chunked\r\n", body })),
);

/** One request as a client might mean it. */
export const requestText: fc.Arbitrary<string> = fc.record({
  method: methods,
  target: targets,
  version: fc.oneof(
    { weight: 12, arbitrary: fc.constant("1.1") },
    fc.constantFrom("1.0", "1.2", "2.0"),
  ),
  host: hostLines,
  fields: fc.array(fieldLines, { maxLength: 4 }),
  framed: framedBodies,
}).map(({ method, target, version, host, fields, framed }) => {
  const lines = fields.map((line) => `${line}\r\n`).join("");
  return `${method} ${target} HTTP/${version}\r\n${host}\r\n${lines}${framed.field}\r\n${framed.body}`;
});

const insertions = fc.oneof(
  fc.constantFrom(
    ..."\r|\n|\r\n|\r\n\r\n|\0| |\t|\x0b|:|,|;|\xa0|0|5|chunked|0\r\n\r\n|Content-Length: 3\r\n"
      .split("|"),
  ),
  fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)),
);
const changes = fc.array(
  fc.record({ at: fc.nat(), removed: fc.nat({ max: 3 }), inserted: insertions }),
  { maxLength: 3 },
);

/** A connection's octets: one to three requests, some of them changed in a few places. */
export const connectionText: fc.Arbitrary<string> = fc.tuple(
  fc.array(requestText, { minLength: 1, maxLength: 3 }),
  fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: changes }),
).map(([requests, changes]) =>
  changes.reduce((text, { at, removed, inserted }) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + inserted + text.slice(start + removed);
  }, requests.join(""))
);

/** Where to cut a text; {@linkcode cutText} takes the positions modulo its length. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 2000 }), { maxLength: 12 });

/** Cuts a text into pieces, none of them empty. */
export function cutText(text: string, positions: readonly number[]): string[] {
  const stops = [0, ...positions.map((at) => at % (text.length + 1)), text.length];
  stops.sort((a, b) => a - b);
  return stops.slice(1).map((stop, index) => text.slice(stops[index], stop))
    .filter((piece) => piece !== "");
}
