/**
 * Everything but a body in which a service sends the credential back: heads, trailers, frames, parts,
 * and answers that are no HTTP at all.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { chunks, type Echo, type EchoCase, echoCase, frame, ok, type Write } from "./echo_world.ts";

/** An answer whose head has these lines, and no body. */
function head(write: Write, statusLine: string, fields: string): Promise<"keeps"> {
  return write(`HTTP/1.1 ${statusLine}\r\n${fields}Content-Length: 0\r\n\r\n`).then(() => "keeps");
}

/** Octets that are written as they are, and then the end. */
function raw(text: (credential: string) => string): Echo {
  return async (credential, write) => {
    await write(text(credential));
    return "closes";
  };
}

const fields: readonly (readonly [name: string, lines: (credential: string) => string])[] = [
  ["a field", (c) => `X-Echo: ${c}\r\n`],
  ["a field that comes twice", (c) => `X-Echo: a\r\nX-Echo: ${c}\r\n`],
  ["a field in base64", (c) => `X-Echo: ${Buffer.from(`Bearer ${c}`).toString("base64")}\r\n`],
  ["a cookie", (c) => `Set-Cookie: token=${encodeURIComponent(c)}; Path=/\r\n`],
  ["a location", (c) => `Location: https://evil.example/?token=${encodeURIComponent(c)}\r\n`],
  ["a challenge", (c) => `WWW-Authenticate: Bearer error="invalid_token", token="${c}"\r\n`],
  ["an entity tag", (c) => `ETag: "${c}"\r\n`],
  ["a link", (c) => `Link: <https://evil.example/${c}>; rel=preload\r\n`],
  ["a type", (c) => `Content-Type: text/plain; boundary="${c}"\r\n`],
  ["a file name", (c) => `Content-Disposition: attachment; filename="${c}"\r\n`],
  ["Via", (c) => `Via: 1.1 ${c}\r\n`],
  ["Proxy-Status", (c) => `Proxy-Status: auth-proxy; details="${c}"\r\n`],
  ["Connection", (c) => `Connection: ${c}\r\n`],
  ["a trailer that is announced", (c) => `Trailer: ${c}\r\n`],
  ["a field of 20,000 octets", (c) => `X-Echo: ${"x".repeat(20_000)}${c}\r\n`],
];

const statuses = ["200 OK", "302 Found", "401 Unauthorized", "500 Error"];

/** Answers that are refused: what is refused is easily quoted. */
const malformed: readonly (readonly [name: string, text: (credential: string) => string])[] = [
  ["a status line", (c) => `HTTP/1.1 2x0 ${c}\r\n\r\n`],
  ["a version", (c) => `${c}/1.1 200 OK\r\n\r\n`],
  ["a field name", (c) => `HTTP/1.1 200 OK\r\n${c} : x\r\n\r\n`],
  ["a field line without a colon", (c) => `HTTP/1.1 200 OK\r\n${c}\r\n\r\n`],
  ["a field with a NUL", (c) => `HTTP/1.1 200 OK\r\nX: ${c}\0\r\n\r\n`],
  ["a folded line", (c) => `HTTP/1.1 200 OK\r\nX: y\r\n ${c}\r\n\r\n`],
  ["a length", (c) => `HTTP/1.1 200 OK\r\nContent-Length: ${c}\r\n\r\n`],
  ["two lengths", (c) => `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: ${c}\r\n\r\n`],
  ["a transfer coding", (c) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${c}\r\n\r\n`],
  ["a content coding", (c) => `HTTP/1.1 200 OK\r\nContent-Encoding: ${c}\r\n\r\nabc`],
  ["a chunk size", (c) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${c}\r\n`],
  [
    "a chunk extension",
    (c) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${c}\r\na\r\n0\r\n\r\n`,
  ],
  [
    "a malformed trailer",
    (c) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${c} : x\r\n\r\n`,
  ],
  ["a protocol that is switched to", (c) => `HTTP/1.1 101 Go\r\nUpgrade: ${c}\r\n\r\n`],
  ["an answer without a head", (c) => `${c}\r\n`],
  ["a bare line feed", (c) => `HTTP/1.1 200 OK\nX: ${c}\n\n`],
  ["octets behind a response", (c) => `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${c}`],
  [
    "a second response",
    (c) => {
      const second = `HTTP/1.1 200 OK\r\nContent-Length: ${c.length}\r\n\r\n${c}`;
      return `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${second}`;
    },
  ],
  ["an answer of HTTP/1.0", (c) => `HTTP/1.0 200 ${c}\r\nX: ${c}\r\n\r\n${c}`],
];

const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const switched =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
const accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const closeFrame = frame(0x88, "");

/** Frames behind a 101; a close frame and the end follow them. */
function frames(name: string, make: (credential: string) => string): EchoCase {
  return echoCase(
    `the token in ${name} of a WebSocket`,
    raw((c) => `${switched}${accept}\r\n${make(c)}${closeFrame}`),
    { fields: upgrade.replace("Connection: Upgrade", "Connection: Upgrade, close") },
  );
}

/** One part of what a client could ask for piece by piece. */
function part(name: string, answer: (credential: string) => string, range: string): EchoCase {
  return echoCase(`the token in ${name}`, raw(answer), { fields: range });
}

export const headCases: readonly EchoCase[] = [
  ...fields.map(([name, lines]) =>
    echoCase(`the token in ${name}`, (c, write) => head(write, "200 OK", lines(c)))
  ),
  ...statuses.map((status) =>
    echoCase(`the token in the page of ${status}`, async (c, write) => {
      await write(`HTTP/1.1 ${status}\r\nContent-Length: ${c.length}\r\n\r\n${c}`);
      return "keeps";
    })
  ),
  echoCase("the token in the reason phrase", (c, write) => head(write, `200 ${c}`, "")),
  echoCase(
    "the token in a field of 204",
    raw((c) => `HTTP/1.1 204 None\r\nX: ${c}\r\n\r\n`),
  ),
  echoCase(
    "the token in a field of 304",
    raw((c) => `HTTP/1.1 304 Same\r\nX: ${c}\r\n\r\n`),
  ),
  echoCase(
    "the token in the answer to HEAD",
    (c, write) => head(write, "200 OK", `X-Echo: ${c}\r\n`),
    { method: "HEAD" },
  ),
  echoCase(
    "the token in the answer to OPTIONS",
    (c, write) => head(write, "200 OK", `Allow: ${c}\r\n`),
    { method: "OPTIONS", fields: "Max-Forwards: 0\r\n" },
  ),
  echoCase(
    "the token in early hints",
    async (c, write) => {
      await write(`HTTP/1.1 103 Early Hints\r\nLink: <${c}>; rel=preload\r\n\r\n`);
      return await ok(write, "done");
    },
  ),
  echoCase("the token in an interim response of a kind of its own", async (c, write) => {
    await write(`HTTP/1.1 199 ${c}\r\nX: ${c}\r\n\r\n`);
    return await ok(write, "done");
  }),
  echoCase("the token in a 100", async (c, write) => {
    await write(`HTTP/1.1 100 Continue\r\nX-Echo: ${c}\r\n\r\n`);
    return await ok(write, "done");
  }, { method: "POST", fields: "Expect: 100-continue\r\nContent-Length: 2\r\n", body: "hi" }),
  echoCase(
    "the token in a trailer",
    (c, write) => chunks(write, ["body"], { trailers: `X-Echo: ${c}\r\n` }),
    { fields: "TE: trailers\r\nConnection: TE\r\n" },
  ),
  echoCase(
    "the token in a trailer in hexadecimal",
    (c, write) => chunks(write, [], { trailers: `X-Echo: ${Buffer.from(c).toString("hex")}\r\n` }),
  ),
  ...malformed.map(([name, text]) => echoCase(`the token in ${name} that is refused`, raw(text))),
  frames("a text frame", (c) => frame(0x81, c)),
  frames("a binary frame", (c) => frame(0x82, c)),
  frames("a long frame", (c) => frame(0x81, "x".repeat(200) + c)),
  frames(
    "two fragments",
    (c) => frame(0x01, c.slice(0, 11)) + frame(0x80, c.slice(11)),
  ),
  frames(
    "fragments of one octet",
    (c) => frame(0x01, "") + [...c].map((octet) => frame(0x00, octet)).join("") + frame(0x80, ""),
  ),
  frames(
    "fragments with a ping between them",
    (c) => frame(0x01, c.slice(0, 11)) + frame(0x89, "") + frame(0x80, c.slice(11)),
  ),
  frames("a ping", (c) => frame(0x89, c)),
  frames("a pong", (c) => frame(0x8a, c)),
  frames("the reason of a close", (c) => frame(0x88, `\x03\xe8${c}`)),
  frames("a frame with a reserved bit", (c) => frame(0xc1, c)),
  frames("a frame of an unknown opcode", (c) => frame(0x83, c)),
  echoCase(
    "the token in the head of a 101",
    raw((c) => `${switched}${accept}X-Echo: ${c}\r\n\r\n${closeFrame}`),
    { fields: upgrade },
  ),
  echoCase(
    "the token in a subprotocol",
    raw((c) => `${switched}${accept}Sec-WebSocket-Protocol: ${c}\r\n\r\n${closeFrame}`),
    { fields: upgrade },
  ),
  echoCase(
    "the token in compressed frames",
    raw((c) => {
      const extensions = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
      return `${switched}${accept}${extensions}\r\n${frame(0xc1, c)}`;
    }),
    { fields: `${upgrade}Sec-WebSocket-Extensions: permessage-deflate\r\n` },
  ),
  echoCase(
    "the token in octets that are no frames",
    raw((c) => `${switched}${accept}\r\n${`plain text: ${c}\n`.repeat(20)}`),
    { fields: upgrade },
  ),
  part(
    "a part",
    (c) => `HTTP/1.1 206 Part\r\nContent-Range: bytes 0-45/46\r\nContent-Length: 46\r\n\r\n${c}`,
    "Range: bytes=0-45\r\n",
  ),
  part(
    "the first half of a part",
    (c) =>
      "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-19/46\r\nContent-Length: 20\r\n\r\n" +
      c.slice(0, 20),
    "Range: bytes=0-19\r\nIf-Range: x\r\n",
  ),
  part(
    "many parts of one answer",
    (c) =>
      "HTTP/1.1 206 Parts\r\nContent-Type: multipart/byteranges; boundary=b\r\n\r\n" +
      `--b\r\n\r\n${c.slice(0, 15)}\r\n--b\r\n\r\n${c.slice(15)}\r\n--b--`,
    "Range: bytes=0-14, 15-45\r\n",
  ),
  part(
    "an instance manipulation (RFC 3229)",
    (c) => {
      const body = gzipSync(c).toString("latin1");
      return `HTTP/1.1 226 IM Used\r\nIM: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    },
    "A-IM: gzip\r\n",
  ),
];
