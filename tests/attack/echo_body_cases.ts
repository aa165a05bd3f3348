/**
 * Bodies in which a service sends the credential back, encoded, cut up and compressed.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { chunks, type EchoCase, echoCase, ok, single } from "./echo_world.ts";
import { secrets } from "./secrets.ts";

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const base64url = (text: string) => Buffer.from(text, "latin1").toString("base64url");
const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");
const latin1 = (octets: Uint8Array) => Buffer.from(octets).toString("latin1");

type Encode = (credential: string) => string;

const encodings: readonly (readonly [name: string, encode: Encode])[] = [
  ["as it is", (text) => text],
  ["in base64", base64],
  ["in base64, one octet further", (text) => base64(`"${text}"`)],
  ["in base64, two octets further", (text) => base64(`: ${text}\n`)],
  ["in base64url", base64url],
  ["in base64url, one octet further", (text) => base64url(`"${text}"`)],
  ["in base64url, two octets further", (text) => base64url(`: ${text}\n`)],
  ["in hexadecimal", hex],
  ["in hexadecimal, in upper case", (text) => hex(text).toUpperCase()],
  ["percent-encoded", encodeURIComponent],
  ["percent-encoded whole", (text) => hex(text).replace(/../g, "%$&")],
  ["percent-encoded whole, in upper case", (text) => hex(text).toUpperCase().replace(/../g, "%$&")],
  ["as a form", (text) => new URLSearchParams({ token: text }).toString()],
  ["in JSON", (text) => JSON.stringify({ token: text })],
  ["in JSON with slashes escaped", (text) => JSON.stringify(text).replaceAll("/", "\\/")],
  [
    "in JSON as Go writes it",
    (text) => JSON.stringify(text).replace(/[<>&]/g, (c) => `\\u00${hex(c)}`),
  ],
  [
    "in JSON as .NET writes it",
    (text) => JSON.stringify(text).replace(/["&'+<>`]/g, (c) => `\\u00${hex(c).toUpperCase()}`),
  ],
  ["in JSON with every character escaped", (text) => `"${hex(text).replace(/../g, "\\u00$&")}"`],
  [
    "in HTML",
    (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  ],
  [
    "in an HTML attribute",
    (text) =>
      `<a title="${
        text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
          .replaceAll("'", "&#39;")
      }">`,
  ],
];

const compressions: readonly (readonly [
  name: string,
  coding: string,
  compress: (text: string | Uint8Array) => Uint8Array,
])[] = [
  ["gzip", "gzip", gzipSync],
  ["gzip by its old name", "x-gzip", gzipSync],
  ["gzip in capitals", "GZIP", gzipSync],
  ["deflate", "deflate", deflateSync],
  ["bare deflate", "deflate", deflateRawSync],
  ["brotli", "br", brotliCompressSync],
  ["zstd", "zstd", zstdCompressSync],
];

const filler = "some text that is neither here nor there. ".repeat(2000);

/** The three framings of RFC 9112 section 6.3. */
function framings([name, encode]: readonly [string, Encode]): EchoCase[] {
  return [
    echoCase(`the token in a body ${name}`, (c, write) => ok(write, `<${encode(c)}>`)),
    echoCase(
      `the token in a body ${name}, in chunks of one octet`,
      (c, write) => chunks(write, encode(c)),
    ),
    echoCase(
      `the token in a body ${name} that the end of the connection ends`,
      async (c, write) => {
        await write("HTTP/1.1 200 OK\r\n\r\n");
        for (const octet of single(Buffer.from(encode(c), "latin1"))) await write(octet);
        return "closes";
      },
    ),
  ];
}

export const bodyCases: readonly EchoCase[] = [
  ...encodings.flatMap(framings),
  ...compressions.flatMap(([name, coding, compress]) => [
    echoCase(
      `the token in ${name}`,
      (c, write) => ok(write, compress(filler + c), `Content-Encoding: ${coding}\r\n`),
      { fields: "Accept-Encoding: gzip, deflate, br, zstd\r\n" },
    ),
    echoCase(
      `the token in ${name}, in chunks of one octet`,
      (c, write) =>
        chunks(write, single(compress(`<${base64(c)}>`)), {
          fields: `Content-Encoding: ${coding}\r\n`,
        }),
    ),
  ]),
  echoCase(
    "the token in the second member of a gzip file",
    (c, write) =>
      ok(write, Buffer.concat([gzipSync("first"), gzipSync(c)]), "Content-Encoding: gzip\r\n"),
  ),
  echoCase(
    "the token behind the end of a gzip file",
    (c, write) =>
      ok(write, Buffer.concat([gzipSync("first"), Buffer.from(c)]), "Content-Encoding: gzip\r\n"),
  ),
  echoCase(
    "the token behind the end of a brotli stream",
    (c, write) =>
      ok(
        write,
        Buffer.concat([brotliCompressSync("first"), Buffer.from(c)]),
        "Content-Encoding: br\r\n",
      ),
  ),
  echoCase("the token in a skippable frame of zstd", (c, write) =>
    ok(
      write,
      Buffer.concat([
        Buffer.from([0x50, 0x2a, 0x4d, 0x18, c.length, 0, 0, 0]),
        Buffer.from(c),
        zstdCompressSync("last"),
      ]),
      "Content-Encoding: zstd\r\n",
    )),
  echoCase("the token in gzip's file name", (c, write) => {
    const file = gzipSync("content");
    file[3] = 0x08;
    const named = Buffer.concat([file.subarray(0, 10), Buffer.from(`${c}\0`), file.subarray(10)]);
    return ok(write, named, "Content-Encoding: gzip\r\n");
  }),
  echoCase(
    "the token in a body that is no gzip though it says so",
    (c, write) => ok(write, c, "Content-Encoding: gzip\r\n"),
  ),
  ...["compress", "gzip, gzip", "br, gzip", "identity, gzip, br", "aes128gcm", "gzip;q=1", "*"].map(
    (coding) =>
      echoCase(
        `the token in the coding ${coding}`,
        (c, write) => ok(write, gzipSync(c), `Content-Encoding: ${coding}\r\n`),
        { fields: `Accept-Encoding: ${coding}\r\n` },
      ),
  ),
  echoCase(
    "the token in two codings on two lines",
    (c, write) =>
      ok(
        write,
        gzipSync(gzipSync(c)),
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
      ),
  ),
  echoCase("the token in a transfer coding of gzip", async (c, write) => {
    const body = latin1(gzipSync(c));
    await write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" +
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    return "keeps";
  }, { fields: "TE: gzip\r\nConnection: TE\r\n" }),
  echoCase(
    "the token across the border between two records of TLS",
    (c, write) => ok(write, "x".repeat(16 * 1024 - 20) + c + "x".repeat(40_000)),
  ),
  echoCase(
    "the token across every border of buffers",
    (c, write) => ok(write, `${"x".repeat(1000)}${c}`.repeat(300)),
  ),
  echoCase(
    "the token where it begins twice",
    (c, write) => chunks(write, [`ghp_${c.slice(0, 9)}`, c.slice(0, 9), c, c.slice(0, 5)]),
  ),
  echoCase(
    "the token in server-sent events",
    (c, write) => chunks(write, ["data: a\n\n", `data: ${c}\n\n`]),
    { fields: "Accept: text/event-stream\r\n" },
  ),
  echoCase(
    "the pair of Basic credentials",
    (c, write) => ok(write, `Authorization: Basic ${c}`),
    { authority: "github.com:443" },
  ),
  echoCase(
    "the token out of the pair of Basic credentials",
    (c, write) => ok(write, Buffer.from(c, "base64").toString("latin1")),
    { authority: "github.com:443" },
  ),
  echoCase(
    "the pair of Basic credentials in base64",
    (c, write) => ok(write, base64(`Basic ${c}`)),
    {
      authority: "github.com:443",
    },
  ),
  echoCase("Claude's key", (c, write) => ok(write, JSON.stringify({ "x-api-key": c })), {
    authority: "api.anthropic.com:443",
  }),
  echoCase(
    "Claude's key, which a page of GitHub's holds",
    (_, write) => ok(write, `const key = "${secrets.ANTHROPIC_API_KEY}";`),
  ),
  echoCase(
    "the key of another rule, which Claude has read somewhere",
    (_, write) => chunks(write, ["data: ", hex(secrets.CORP_KEY), "\n\n"]),
    { authority: "api.anthropic.com:443" },
  ),
];
