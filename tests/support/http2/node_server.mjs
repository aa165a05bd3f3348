/**
 * An HTTP/2 server for tests, for Node. Prints `listening PORT`. Answers 401 to whatever has not
 * exactly one Authorization, the right one.
 *
 * Run: `node node_server.mjs JSON`, with `{ cert, key, authorization }`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import http2 from "node:http2";
import process from "node:process";

const { cert, key, authorization } = JSON.parse(process.argv[2]);
const server = http2.createSecureServer({ cert, key });
/** Uploads that are not read until somebody asks for it. */
const stalled = [];

server.on("stream", (stream, fields, _flags, raw) => {
  stream.on("error", () => {});
  const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1] === "authorization");
  if (values.length !== 1 || values[0] !== authorization) {
    return stream.respond({ ":status": 401 }, { endStream: true });
  }
  const [, name = "", size] = fields[":path"].split("/");
  const answer = answers[name];
  if (answer === undefined) return stream.respond({ ":status": 404 }, { endStream: true });
  answer(stream, { fields, size: Number(size) });
});
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));

const answers = {
  small: (stream, { fields }) => {
    const etag = '"one"';
    if (fields["if-none-match"] === etag) {
      return stream.respond({ ":status": 304, etag }, { endStream: true });
    }
    const body = '{"small":true}';
    const head = { ":status": 200, etag, "content-length": body.length };
    if (fields[":method"] === "HEAD") return stream.respond(head, { endStream: true });
    stream.respond(head);
    stream.end(body);
  },

  download: (stream, { size }) => {
    stream.respond({ ":status": 200 });
    const block = Buffer.alloc(65_536, "0123456789abcdef");
    let left = size;
    const more = () => {
      while (left > 0) {
        const piece = block.subarray(0, left);
        left -= piece.length;
        if (!stream.write(piece)) return;
      }
      stream.end();
    };
    stream.on("drain", more);
    more();
  },

  upload,

  trailers: (stream) => {
    stream.respond({ ":status": 200, trailer: "x-checksum" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-checksum": "abc" }));
    stream.end("with trailers");
  },

  hints: (stream) => {
    stream.additionalHeaders({ ":status": 103, link: "</style.css>; rel=preload" });
    stream.respond({ ":status": 200 });
    stream.end("after hints");
  },

  stalledUpload: (stream) => {
    stalled.push(stream);
  },

  release: (stream) => {
    for (const upload of stalled.splice(0)) answers.upload(upload);
    stream.respond({ ":status": 204 }, { endStream: true });
  },
};

function upload(stream) {
  const hash = createHash("sha256");
  let octets = 0;
  stream.on("data", (piece) => {
    octets += piece.length;
    hash.update(piece);
  });
  stream.on("end", () => {
    stream.respond({ ":status": 200 });
    stream.end(JSON.stringify({ octets, sha256: hash.digest("hex") }));
  });
}
