/**
 * The contract: one client, however it behaves, and one service, whatever it sends, take the proxy from
 * nobody else: memory stays in bounds, and a normal client is served all the while.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { RawClient } from "../support/proxy_client.ts";
import { attackFamily } from "./attack_family.ts";
import {
  authority,
  drained,
  exhaust,
  host,
  openTunnel,
  sendWithoutEnd,
  startExhaustWorld,
  unread,
} from "./exhaust_world.ts";
import { exchange, get } from "./probe.ts";

const websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const chunkedPost = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
const connectHead = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;

const handshake = "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03";
const handshakeRecord = `\x16\x03\x01\x3f\xff\x01\xff\xff\xff${"\0".repeat(16 * 1024 - 5)}`;
const socksGreeting = "\x05\x01\0";
const socksRequest = `\x05\x01\0\x03\x0eapi.github.com\x01\xbb`;
const ownBundle = "GET /.well-known/auth-proxy/ca-bundle.pem HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Requests that go on for ever, each with what there is no end of. */
const withoutEnd: readonly (readonly [what: string, begin: string, again: string])[] = [
  ["a request line", "GET /", "x".repeat(1000)],
  ["a field value", `GET / HTTP/1.1\r\n${host}X: `, "x".repeat(1000)],
  ["field lines", `GET / HTTP/1.1\r\n${host}`, "X: y\r\n"],
  ["empty lines before a request", "", "\r\n"],
  ["a chunk size", chunkedPost, "0"],
  ["a chunk extension", `${chunkedPost}1;`, "x"],
  ["trailers", `${chunkedPost}0\r\n`, "X: y\r\n"],
  ["chunks of one octet", chunkedPost, "1\r\nx\r\n"],
  ["requests whose answers are not read", "", `GET / HTTP/1.1\r\n${host}\r\n`],
  ["requests that are refused", "", "GET / HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n"],
];

/** Heads of which each part is allowed, and the whole takes long to read for whoever reads it badly. */
const slowToRead: readonly (readonly [what: string, request: string])[] = [
  ["percent signs", post(`/repos/${"%25".repeat(18_000)}/keys`)],
  ["percent signs that are encoded again and again", post(`/${"%2525".repeat(10_000)}`)],
  ["dot segments", post(`/repos${"/..".repeat(18_000)}/keys`)],
  ["encoded slashes", post(`/repos${"%2f".repeat(18_000)}keys`)],
  ["parameters", post(`/repos${"/;a".repeat(18_000)}/keys`)],
  ["backslashes", post(`/repos${"\\".repeat(50_000)}keys`)],
  ["segments", post(`/repos${"/a".repeat(25_000)}/keys`)],
  ["query parameters", post(`/?${"access_toke=1&".repeat(4000)}`)],
  ["encoded query parameters", post(`/?${"%61ccess%5ftoken&".repeat(3500)}`)],
  ["content codings", post("/", `Accept-Encoding: ${"gzip;q=0.5,".repeat(5000)}\r\n`)],
  ["Connection options", post("/", `Connection: ${"a,".repeat(25_000)}\r\n`)],
  ["blanks", post("/", `X: ${" \t".repeat(25_000)}x\r\n`)],
  ["commas", post("/", `Upgrade: ${",".repeat(50_000)}\r\nConnection: upgrade\r\n`)],
  ["digits", post("/", `Content-Length: ${"0".repeat(50_000)}\r\n`)],
];

function post(path: string, fields = ""): string {
  const tail = /Content-Length|Connection/.test(fields) ? "" : "Content-Length: 0\r\n";
  return `POST ${path} HTTP/1.1\r\n${host}${tail}${fields}\r\n${get("api.github.com")}`;
}

/** Connections that are begun and left, each with what has been sent. */
const leftOpen: readonly (readonly [what: string, opening: string])[] = [
  ["silent connections", ""],
  ["heads that do not end", "GET / HTTP/1.1\r\nHost: localhost:8080\r\nX: "],
  ["tunnels in which nothing is said", connectHead],
  ["handshakes that do not end", connectHead + handshake],
  ["handshakes with the proxy itself that do not end", handshake],
  ["first octets of a handshake", handshake.slice(0, 1)],
  ["SOCKS greetings that do not end", socksGreeting.slice(0, 2)],
  ["SOCKS requests that do not end", socksGreeting + socksRequest.slice(0, -1)],
  ["SOCKS tunnels in which nothing is said", socksGreeting + socksRequest],
];

attackFamily("exhaust the proxy", {
  start: () => startExhaustWorld(),
  normal: authority,
  cases: [
    ...withoutEnd.map(([what, begin, again]) =>
      exhaust(`to fill the memory with ${what} without end`, async (world, stack) => {
        await sendWithoutEnd(await openTunnel(world, stack), { begin, again });
      })
    ),
    exhaust("to fill the memory with a CONNECT head without end", async ({ proxy }, stack) => {
      const client = stack.use(await RawClient.connect(proxy.url));
      await sendWithoutEnd(client, { begin: connectHead.slice(0, -2), again: "X: y\r\n" });
    }),
    ...[handshakeRecord, "\x05", "\0"].map((again) =>
      exhaust(
        `to fill the memory with ${JSON.stringify(again[0])} without end`,
        async (w, stack) => {
          const client = stack.use(await RawClient.connect(w.proxy.url));
          await sendWithoutEnd(client, { begin: "", again });
        },
      )
    ),
    exhaust("to fill the memory with a handshake without end", async ({ proxy }, stack) => {
      const client = stack.use(await RawClient.connect(proxy.url));
      await client.send(connectHead);
      await client.reader.readHead();
      await sendWithoutEnd(client, { begin: "", again: handshakeRecord });
    }),
    exhaust(
      "to fill the memory with an upload that the service does not read",
      async (w, stack) => {
        const client = await openTunnel(w, stack);
        const begin = `POST /unread HTTP/1.1\r\n${host}Content-Length: 999999999999\r\n\r\n`;
        await sendWithoutEnd(client, { begin, again: "x".repeat(1000) });
      },
    ),
    ...["/head", "/line", "/interim", "/trailers", "/extension", "/zeros"].map((path) =>
      exhaust(`to fill the memory with ${path} without end from a service`, drained(path))
    ),
    exhaust("to fill the memory with a body that it does not read", unread("/body")),
    exhaust("to fill the memory with chunks that it does not read", unread("/chunks")),
    exhaust("to fill the memory with pings in a message", drained("/pings", { fields: websocket })),
    exhaust(
      "to fill the memory with fragments of nothing",
      drained("/fragments", { fields: websocket }),
    ),
    ...["gzip", "br", "zstd"].flatMap((coding) => [
      exhaust(`to fill the memory with a bomb of ${coding}`, drained(`/${coding}`)),
      exhaust(
        `to fill the memory with a bomb of ${coding} that it does not read`,
        unread(`/${coding}`),
      ),
    ]),
    ...slowToRead.map(([what, request]) =>
      exhaust(`to keep the processor busy with ${what}`, async (world, stack) => {
        const client = await openTunnel(world, stack);
        return await exchange(client, request);
      })
    ),
    ...leftOpen.map(([what, opening]) =>
      exhaust(`to keep others out by ${what}`, async ({ proxy }, stack) => {
        for (let count = 0; count < 200; count++) {
          const client = stack.use(await RawClient.connect(proxy.url));
          // Some have been closed in favour of later ones.
          await client.send(Buffer.from(opening, "latin1")).catch(() => {});
        }
      })
    ),
    exhaust("to keep others out by bundles of ours that it does not read", async (w, stack) => {
      for (let count = 0; count < 60; count++) {
        const client = stack.use(await RawClient.connect(w.proxy.url));
        await client.send(ownBundle.repeat(300));
        // The answer is on its way.
        await client.reader.readSome();
      }
    }),
    exhaust("to have certificates made without end", async ({ proxy, ca }, stack) => {
      for (let count = 0; count < 150; count++) {
        const target = `n${count}.corp.test:8443`;
        stack.use(await RawClient.tunnel(proxy.url, { target, ca }));
      }
    }),
  ],
});

Deno.test("control: memory that is taken is seen, where the limits let it be", async () => {
  const limits = ["head-timeout=1m", "max-head-size=1MiB", "max-connections-per-client=2000"];
  await using world = await startExhaustWorld(limits);
  const head = Buffer.from(`GET / HTTP/1.1\r\n${host}X: ${"x".repeat(1000 * 1024)}`);
  const { attempt } = exhaust("", async ({ proxy }, stack) => {
    for (let count = 0; count < 300; count++) {
      await stack.use(await RawClient.connect(proxy.url)).send(head);
    }
  });
  await assert.rejects(attempt(world), /memory grew/);
});

Deno.test("control: a normal client that is kept out is seen", async () => {
  await using world = await startExhaustWorld(["max-connections-per-client=2"]);
  const { attempt } = exhaust("", async (_, stack) => {
    for (let count = 0; count < 2; count++) {
      const client = await openTunnel(world, stack);
      await client.send(`GET /body HTTP/1.1\r\n${host}\r\n`);
      await client.reader.readHead();
    }
  });
  await assert.rejects(attempt(world), /503|ended/);
});
