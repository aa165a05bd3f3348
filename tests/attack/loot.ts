/**
 * Notices that somebody holds a secret, whatever it is wrapped in.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { zstdDecompressSync } from "node:zlib";

/** So many characters in a row of a secret count as having it. */
const windowLength = 12;
/** How many wrappings, one inside the other, are taken off. */
const maxDepth = 3;
/** Longer texts are searched as they are: nobody wraps a secret in that much. */
const maxUnwrapped = 1 << 20;

/** Takes one kind of wrapping off; gives nothing if there is none. Texts are octets (ISO 8859-1). */
type Unwrap = (text: string) => readonly string[];

export class Loot {
  /** Name of a secret by its windows. */
  readonly #windows = new Map<string, string>();

  /** @param secrets Their values by their names; each longer than a window. */
  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(secrets)) {
      if (value.length <= windowLength) throw new Error(`${name} is too short to be recognised`);
      for (let at = 0; at + windowLength <= value.length; at++) {
        this.#windows.set(value.slice(at, at + windowLength), name);
      }
    }
  }

  /** The names of the secrets that the octets hold: whole, or a good part of them. */
  findIn(octets: Uint8Array | string): string[] {
    const text = typeof octets === "string" ? octets : Buffer.from(octets).toString("latin1");
    const found = new Set<string>();
    for (const unwrapped of unwrapAll(text)) {
      for (let at = 0; at + windowLength <= unwrapped.length; at++) {
        const name = this.#windows.get(unwrapped.slice(at, at + windowLength));
        if (name !== undefined) found.add(name);
      }
    }
    return [...found];
  }
}

/** The text, and all that comes out of it by taking off wrappings in any order. */
function unwrapAll(text: string): Set<string> {
  const known = new Set([text]);
  if (text.length > maxUnwrapped) return known;
  let latest = [text];
  for (let depth = 0; depth < maxDepth; depth++) {
    const next = latest.flatMap((each) => unwraps.flatMap((unwrap) => unwrap(each)));
    latest = [...new Set(next)].filter((each) => !known.has(each) && each.length <= maxUnwrapped);
    for (const each of latest) known.add(each);
  }
  return known;
}

const unwraps: readonly Unwrap[] = [
  joinChunks,
  decompress,
  webSocketPayloads,
  (text) => replaced(text, /%([0-9a-f]{2})/gi, (digits) => hexToText(digits)),
  (text) => replaced(text, /\\u00([0-9a-f]{2})/gi, (digits) => hexToText(digits)),
  (text) => replaced(text, /\\(["\\/])/g, (character) => character),
  unescapeHtml,
  (text) => replaced(text, /((?:[0-9a-f]{2}){12,})/gi, (digits) => hexToText(digits)),
  unBase64,
];

/** What comes before the first body in chunks, and that body in one piece. */
function joinChunks(text: string): string[] {
  const head = /\r\ntransfer-encoding:[^\r\n]*chunked[^]*?\r\n\r\n/i.exec(text);
  if (head === null) return [];
  let at = head.index + head[0].length;
  let joined = text.slice(0, at);
  for (;;) {
    const [line, digits] = /^([0-9a-f]{1,8})(?:;[^\r\n]*)?\r\n/i.exec(text.slice(at, at + 99)) ??
      [];
    if (line === undefined || digits === undefined) return [joined + text.slice(at)];
    const start = at + line.length;
    at = start + parseInt(digits, 16) + 2;
    joined += text.slice(start, at - 2);
  }
}

function replaced(text: string, pattern: RegExp, by: (found: string) => string): string[] {
  const result = text.replace(pattern, (_, found: string) => by(found));
  return result === text ? [] : [result];
}

function hexToText(digits: string): string {
  return Buffer.from(digits, "hex").toString("latin1");
}

/** Each run of base64, or of base64url, from each of the four places where a group may begin. */
function unBase64(text: string): string[] {
  const runs = text.match(/[\w+/-]{16,}/g);
  if (runs === null) return [];
  return [0, 1, 2, 3].map((skip) =>
    runs.map((run) => Buffer.from(run.slice(skip), "base64").toString("latin1")).join("\n")
  );
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function unescapeHtml(text: string): string[] {
  return replaced(text, /&(#x?[0-9a-f]+|[a-z]+);/gi, (name) => {
    if (!name.startsWith("#")) return entities[name] ?? "";
    const isHex = /^#x/i.test(name);
    return String.fromCharCode(parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10) & 0xff);
  });
}

const decompressors = [
  gunzipSync,
  inflateSync,
  inflateRawSync,
  brotliDecompressSync,
  zstdDecompressSync,
];

/** What follows a head, or all of it, decompressed in every way in which that succeeds. */
function decompress(text: string): string[] {
  const bodies = [text.slice(text.lastIndexOf("\r\n\r\n") + 4), text].filter((body) => body !== "");
  return bodies.flatMap((body) =>
    decompressors.flatMap((open) => {
      try {
        const opened = open(Buffer.from(body, "latin1"), { maxOutputLength: maxUnwrapped });
        return [opened.toString("latin1")];
      } catch {
        return [];
      }
    })
  );
}

/** The payloads of the frames that follow a 101, joined: a message may be in many pieces. */
function webSocketPayloads(text: string): string[] {
  const head = /HTTP\/1\.1 101 [^]*?\r\n\r\n/.exec(text);
  if (head === null) return [];
  let joined = "";
  for (let at = head.index + head[0].length; at + 2 <= text.length;) {
    let length = text.charCodeAt(at + 1) & 0x7f;
    at += 2;
    if (length === 126) {
      length = text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
      at += 2;
    }
    joined += text.slice(at, at + length);
    at += length;
  }
  return [joined];
}
