import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Loot } from "./loot.ts";
import { secrets } from "./secrets.ts";

const loot = new Loot(secrets);
const secret = secrets.GITHUB_TOKEN;
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const latin1 = (octets: Uint8Array) => Buffer.from(octets).toString("latin1");
const head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

const wrapped: Readonly<Record<string, string>> = {
  "as it is": `before ${secret} after`,
  "most of it": secret.slice(9, 25),
  "in base64": base64(secret),
  "in base64, one octet further": base64(`x${secret}`),
  "in base64, two octets further": base64(`xy${secret}`),
  "in base64url": Buffer.from(`?${secret}`).toString("base64url"),
  "in base64 of base64": base64(base64(secret)),
  "in hexadecimal": Buffer.from(secret).toString("hex").toUpperCase(),
  "percent-encoded": encodeURIComponent(secret),
  "percent-encoded twice": encodeURIComponent(encodeURIComponent(secret)),
  "in JSON": JSON.stringify([secret]).replaceAll("/", "\\/").replaceAll("<", "\\u003c"),
  "in HTML": secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&#39;"),
  "in chunks of one octet": `${chunkedHead}${
    [...secret].map((c) => `1\r\n${c}\r\n`).join("")
  }0\r\n\r\n`,
  "in gzip": head + latin1(gzipSync(secret)),
  "in brotli": head + latin1(brotliCompressSync(secret)),
  "in bare deflate": latin1(deflateRawSync(secret)),
  "in zstd": latin1(zstdCompressSync(secret)),
  "in frames": `HTTP/1.1 101 Go\r\n\r\n\x01\x0a${secret.slice(0, 10)}\x80\x0a${
    secret.slice(10, 20)
  }`,
};

for (const [name, text] of Object.entries(wrapped)) {
  Deno.test(`Loot.findIn() finds a secret ${name}`, () => {
    assert.deepEqual(loot.findIn(Buffer.from(text, "latin1")), ["GITHUB_TOKEN"]);
  });
}

Deno.test("Loot.findIn() finds nothing where nothing is, nor in eleven characters", () => {
  const masked = "*".repeat(secret.length);
  assert.deepEqual(loot.findIn(`${head}${secret.slice(5, 16)} ${masked} ${base64(masked)}`), []);
});
