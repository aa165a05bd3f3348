/**
 * Header blocks of SPDY/3.1: name/value pairs, compressed in one zlib stream a direction (SPDY
 * Protocol, Draft 3.1, section 2.6.10).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { constants, createInflate, type Inflate } from "node:zlib";
import { spdyDictionary } from "./dictionary.ts";

/** Reads the header blocks of one connection, in their order. */
export class HeaderBlockReader {
  readonly #inflate: Inflate = createInflate({
    dictionary: spdyDictionary(),
    flush: constants.Z_SYNC_FLUSH,
  });

  async read(block: Uint8Array): Promise<Map<string, string>> {
    const pieces: Buffer[] = [];
    const collect = (piece: Buffer) => pieces.push(piece);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#inflate.on("data", collect);
    this.#inflate.once("error", reject);
    // What was decompressed is emitted after the write's own callback.
    this.#inflate.write(block, () => setTimeout(resolve, 0));
    await promise;
    this.#inflate.off("data", collect);
    this.#inflate.off("error", reject);
    return parsePairs(Buffer.concat(pieces));
  }

  close(): void {
    this.#inflate.close();
  }
}

function parsePairs(octets: Buffer): Map<string, string> {
  let at = 4;
  function text(): string {
    const length = octets.readUInt32BE(at);
    at += 4 + length;
    return octets.toString("latin1", at - length, at);
  }
  const pairs = new Map<string, string>();
  for (let left = octets.readUInt32BE(0); left > 0; left--) pairs.set(text(), text());
  return pairs;
}

/**
 * Writes header blocks, in stored deflate blocks (RFC 1951 section 3.2.4), which any inflater takes.
 * `node:zlib` in Deno 2.9 ignores the dictionary when it compresses; stored blocks need none, though
 * the stream names it (RFC 1950 section 2.2), as the specification demands. An empty stored block, which
 * is what Z_SYNC_FLUSH writes, ends each: Go's inflater hands out what it has when it sees one, and
 * fails for good where it finds the end instead.
 */
export class HeaderBlockWriter {
  #begun = false;

  write(pairs: Readonly<Record<string, string>>): Uint8Array {
    const content = Buffer.concat([
      uint32(Object.keys(pairs).length),
      ...Object.entries(pairs).flatMap(([name, value]) => [
        uint32(name.length),
        Buffer.from(name.toLowerCase(), "latin1"),
        uint32(value.length),
        Buffer.from(value, "latin1"),
      ]),
    ]);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(content.length, 1);
    stored.writeUInt16LE(~content.length & 0xffff, 3);
    const start = this.#begun ? [] : [Buffer.of(0x78, 0xbb), uint32(adler32(spdyDictionary()))];
    this.#begun = true;
    return Buffer.concat([...start, stored, content, Buffer.of(0, 0, 0, 0xff, 0xff)]);
  }
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** RFC 1950 section 8. */
function adler32(octets: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const octet of octets) {
    low = (low + octet) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
}
