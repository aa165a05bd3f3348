import assert from "node:assert/strict";
import fc from "fast-check";
import { writeChunk } from "../../src/proxy/chunk_writer.ts";
import { ChunkedDecoder } from "../../src/wire/chunked_decoder.ts";
import { BodyDecoder } from "../../src/wire/body_decoder.ts";
import type { Framing } from "../../src/wire/framing.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const limits = { maxBytes: 64, maxFieldLines: 3 };
const chunked: Framing = { kind: "chunked" };

interface Decoded {
  readonly data: string;
  readonly taken: number;
  readonly done: boolean;
  readonly trailers: readonly [string, string][] | undefined;
}

/** Feeds pieces one after the other, each from memory of its own that is overwritten afterwards. */
function decode(framing: Framing, pieces: readonly string[]): Decoded {
  const decoder = new BodyDecoder(framing, limits);
  let data = "";
  let taken = 0;
  for (const piece of pieces) {
    const bytes = encodeLatin1(piece);
    const views: Uint8Array[] = [];
    const count = decoder.decode(bytes, views);
    taken += count;
    for (const view of views) data += decodeLatin1(view, 0, view.length);
    bytes.fill(0x21);
    if (count < bytes.length) {
      assert.ok(decoder.done, "the decoder stopped before the body's end");
      break;
    }
  }
  const { trailers } = decoder;
  return {
    data,
    taken,
    done: decoder.done,
    trailers: trailers &&
      Array.from({ length: trailers.size }, (_, at) => [trailers.name(at), trailers.value(at)]),
  };
}

function cut(text: string, at: readonly number[]): string[] {
  const stops = [0, ...at.map((stop) => stop % (text.length + 1)), text.length];
  stops.sort((a, b) => a - b);
  return stops.slice(1).map((stop, index) => text.slice(stops[index], stop));
}

function refuses(text: string, state: RegExp): void {
  for (const pieces of [[text], Array.from(text)]) {
    assert.throws(() => decode(chunked, pieces), (error) => {
      assert.ok(error instanceof WireError, `${error}`);
      assert.match(error.message, state, JSON.stringify(text));
      return true;
    });
  }
}

Deno.test("BodyDecoder takes as many octets as Content-Length says", () => {
  const framing: Framing = { kind: "length", length: 5 };
  const whole = { data: "hello", taken: 5, done: true, trailers: undefined };
  assert.deepEqual(decode(framing, ["hello"]), whole);
  assert.deepEqual(decode(framing, ["hel", "", "lo"]), whole);
  assert.deepEqual(decode(framing, ["hel", "loGET / HTTP/1.1"]), whole);
  assert.deepEqual(decode(framing, ["hell"]), { ...whole, data: "hell", taken: 4, done: false });
});

Deno.test("BodyDecoder without a body takes nothing", () => {
  const decoder = new BodyDecoder({ kind: "none" }, limits);
  assert.equal(decoder.done, true);
  const data: Uint8Array[] = [];
  assert.equal(decoder.decode(encodeLatin1("GET"), data), 0);
  assert.deepEqual(data, []);
  decoder.end();
});

Deno.test("BodyDecoder takes everything until the connection ends where that is the framing", () => {
  const decoder = new BodyDecoder({ kind: "close" }, limits);
  const data: Uint8Array[] = [];
  assert.equal(decoder.decode(encodeLatin1("abc"), data), 3);
  assert.equal(decoder.done, false);
  decoder.end();
  assert.equal(decoder.done, true);
  assert.equal(decoder.decode(encodeLatin1("more"), data), 0);
  assert.equal(data.length, 1);
});

Deno.test("BodyDecoder.end() refuses a body that is cut short", () => {
  const cases: [Framing, string[]][] = [
    [{ kind: "length", length: 5 }, ["", "h", "hell"]],
    [chunked, [
      "",
      "5",
      "5\r",
      "5\r\n",
      "5\r\nhell",
      "5\r\nhello",
      "5\r\nhello\r",
      "5\r\nhello\r\n",
      "0",
      "0\r\n",
      "0\r\n\r",
      "0\r\nA: b\r\n",
      "0\r\nA: b\r\n\r",
    ]],
  ];
  for (const [framing, texts] of cases) {
    for (const text of texts) {
      const decoder = new BodyDecoder(framing, limits);
      decoder.decode(encodeLatin1(text), []);
      assert.equal(decoder.done, false, text);
      assert.throws(() => decoder.end(), WireError, text);
    }
  }
});

Deno.test("BodyDecoder takes the chunks off, with their extensions", () => {
  const table: [string, string][] = [
    ["0\r\n\r\n", ""],
    ["0000\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"],
    ["A\r\n0123456789\r\n0\r\n\r\n", "0123456789"],
    ["a\r\n0123456789\r\n0\r\n\r\n", "0123456789"],
    ["0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"],
    ["5;name=value\r\nhello\r\n0;last\r\n\r\n", "hello"],
    ['5;a="b;c\t"\r\nhello\r\n0\r\n\r\n', "hello"],
    ["4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"],
    ["5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"],
  ];
  for (const [text, data] of table) {
    const expected = { data, taken: text.length, done: true, trailers: undefined };
    assert.deepEqual(decode(chunked, [text]), expected, JSON.stringify(text));
    assert.deepEqual(decode(chunked, Array.from(text)), expected, JSON.stringify(text));
    assert.deepEqual(decode(chunked, [`${text}GET / HTTP/1.1\r\n`]), expected);
  }
});

Deno.test("BodyDecoder makes one piece of chunks that are small, and none of those that are not", () => {
  const chunk = (size: number) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;
  const pieces = (text: string) => {
    const data: Uint8Array[] = [];
    new BodyDecoder(chunked, limits).decode(encodeLatin1(text), data);
    return data.map(({ length }) => length);
  };
  assert.deepEqual(pieces(`${chunk(1).repeat(10_000)}0\r\n\r\n`), [10_000]);
  assert.deepEqual(pieces(chunk(256).repeat(3)), [768]);
  assert.deepEqual(pieces(chunk(257).repeat(3)), [257, 257, 257]);
  assert.deepEqual(pieces(chunk(1000) + chunk(5) + chunk(1000) + chunk(6) + chunk(7)), [
    1005,
    1013,
  ]);
});

Deno.test("BodyDecoder gives the trailer section", () => {
  const text = "1\r\nx\r\n0\r\nGrpc-Status: 0\r\nB:\r\n\r\n";
  const trailers: [string, string][] = [["grpc-status", "0"], ["b", ""]];
  const expected = { data: "x", taken: text.length, done: true, trailers };
  assert.deepEqual(decode(chunked, [text]), expected);
  assert.deepEqual(decode(chunked, Array.from(text)), expected);
  assert.deepEqual(decode(chunked, [`${text}next`]), expected);
});

Deno.test("BodyDecoder refuses malformed chunks", () => {
  const digit = /a chunk size has no digit/;
  const hex = /a chunk size is not a hexadecimal number/;
  const large = /a chunk size is too large/;
  const crlf = /a chunk does not end in CRLF/;
  const table: [string, RegExp][] = [
    ["\r\n", digit],
    ["\n", digit],
    [" 5\r\nhello\r\n", digit],
    ["\t5\r\nhello\r\n", digit],
    [";a\r\n", digit],
    ["-5\r\n", digit],
    ["+5\r\n", digit],
    ["g\r\n", digit],
    ["\0\r\n", digit],
    ["0x5\r\nhello\r\n", hex],
    ["5 \r\nhello\r\n", hex],
    ["5 ;a\r\nhello\r\n", hex],
    ["5\t\r\nhello\r\n", hex],
    ["5_0\r\n", hex],
    ["5.\r\n", hex],
    ["5,\r\n", hex],
    ["5\nhello\n", hex],
    ["5\0\r\n", hex],
    ["5\rhello\r\n", crlf],
    ["5\r\r\nhello\r\n", crlf],
    ["5\r\nhelloX\r\n0\r\n\r\n", crlf],
    ["5\r\nhello\n0\r\n\r\n", crlf],
    ["5\r\nhello\rX", crlf],
    ["5\r\nhello0\r\n\r\n", crlf],
    ["5\r\nhello\r\n\r\n", digit],
    ["20000000000000\r\n", large],
    ["ffffffffffffffff\r\n", large],
    ["10000000000000005\r\nhello\r\n", large],
    ["00000000000000005\r\nhello\r\n", large],
    ["5;a\nhello\r\n", /a control character in a chunk extension/],
    ["5;a\0\r\n", /a control character in a chunk extension/],
    ["5;a\rb\r\n", crlf],
    [`5;${"a".repeat(257)}\r\n`, /a chunk extension is too long/],
  ];
  for (const [text, state] of table) refuses(text, state);
  assert.equal(decode(chunked, [`5;${"a".repeat(256)}\r\nhello`]).data, "hello");
});

Deno.test("BodyDecoder takes no chunk size that could overflow for another", () => {
  // 2^52 - 1 is the largest, and none that is larger is taken modulo anything.
  assert.equal(decode(chunked, ["fffffffffffff\r\nab"]).data, "ab");
  for (const size of ["10000000000000", "20000000000000", "100000005", "8000000000000000"]) {
    if (parseInt(size, 16) < 2 ** 52) {
      const data = decode(chunked, [`${size}\r\nhello\r\n0\r\n\r\n`]);
      assert.equal(data.done, false, size);
      assert.equal(data.data, "hello\r\n0\r\n\r\n", size);
    } else refuses(`${size}\r\n`, /a chunk size is too large/);
  }
});

Deno.test("BodyDecoder refuses a malformed trailer section", () => {
  const line = "A: b\r\n";
  const table: [string, RegExp][] = [
    ["A: b\nC: d\r\n\r\n", /bare LF/],
    ["A: b\r\n\n", /bare LF/],
    ["A : b\r\n\r\n", /white space in or after its name/],
    ["A: b\r\n c\r\n\r\n", /obs-fold/],
    ["A: b\0\r\n\r\n", /a control character in its value/],
    ["A: b\rc\r\n\r\n", /a control character in its value/],
    ["no colon\r\n\r\n", /white space in or after its name/],
    [": b\r\n\r\n", /its name is empty/],
    ["\rA: b\r\n\r\n", /it has no colon/],
    [`${line.repeat(4)}\r\n`, /more than 3 field lines/],
    [`A: ${"b".repeat(64)}\r\n\r\n`, /the trailer section is too large/],
    ["A".repeat(64), /the trailer section is too large/],
  ];
  for (const [text, state] of table) refuses(`0\r\n${text}`, state);
  // A line that starts with LF is refused in one piece and in many; the text differs.
  refuses("0\r\n\nA: b\r\n\r\n", /bare LF|no colon/);
  assert.equal(decode(chunked, [`0\r\n${line.repeat(3)}\r\n`]).trailers?.length, 3);
});

/** Chunks that are moved together, and some that are just long enough not to be. */
const bodyChunk = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.uint8Array({ minLength: 250, maxLength: 260 }),
);
const bodyChunks = fc.array(bodyChunk, { maxLength: 6 });
const trailerLines = fc.array(fc.stringMatching(/^[A-Za-z-]{1,6}: [!-~]{1,6}$/), { maxLength: 3 });

Deno.test("BodyDecoder gives back what writeChunk() wrote, whatever the split", () => {
  fc.assert(
    fc.property(
      bodyChunks,
      trailerLines,
      fc.array(fc.nat({ max: 2000 })),
      (chunks, lines, cuts) => {
        const out = new OctetBuffer(1);
        for (const chunk of chunks) {
          // As pieces, one of them empty, the way a relay hands them on; and one that is no chunk.
          writeChunk(out, [chunk.subarray(0, 3), new Uint8Array(), chunk.subarray(3)]);
          writeChunk(out, [new Uint8Array()]);
        }
        writeChunk(out, []);
        out.text(`0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
        const text = decodeLatin1(out.view(), 0, out.length);
        const data = chunks.map((chunk) => decodeLatin1(chunk, 0, chunk.length)).join("");
        for (const pieces of [[text], Array.from(text), cut(text, cuts), cut(`${text}x`, cuts)]) {
          const decoded = decode(chunked, pieces);
          assert.equal(decoded.data, data);
          assert.equal(decoded.taken, text.length);
          assert.equal(decoded.done, true);
          assert.equal(decoded.trailers?.length ?? 0, lines.length);
        }
      },
    ),
  );
});

Deno.test("BodyDecoder throws WireError alone, and agrees with itself over every split", () => {
  const piece = fc.constantFrom(
    ..."0|1|5|f|;|x|\r\n|\r\n|\r|\n| |0\r\n|0\r\n\r\n|5\r\nhello\r\n|A: b\r\n|\0".split("|"),
  );
  const nearly = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(""));
  const outcome = (pieces: readonly string[]): Decoded | undefined => {
    try {
      return decode(chunked, pieces);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  };
  fc.assert(
    fc.property(nearly, fc.array(fc.nat({ max: 100 })), (text, cuts) => {
      const whole = outcome([text]);
      for (const pieces of [Array.from(text), cut(text, cuts)]) {
        const split = outcome(pieces);
        if (whole?.done || split?.done) assert.deepEqual(split, whole, JSON.stringify(text));
        else if (whole !== undefined) assert.deepEqual(split, whole, JSON.stringify(text));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("ChunkedDecoder refuses a bare LF after the last chunk as soon as it comes", () => {
  const decoder = new ChunkedDecoder({ maxBytes: 1024, maxFieldLines: 10 });
  const data: Uint8Array[] = [];
  decoder.decode(encodeLatin1("0\r\n"), data);
  assert.throws(() => decoder.decode(encodeLatin1("\n"), data), WireError);
});
