/**
 * An HTTP/2 client for Node in which one stream stands still while others go on, on one connection.
 *
 * Run: `node stall_client.mjs JSON`, with `{ port, host, ca, direction }`: where the tunnel begins, whom
 * to verify by what, and `down` (it reads one download no further) or `up` (the service reads one upload
 * no further). Prints a line for each thing that is done, and ends once the stalled one is whole too.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import http2 from "node:http2";
import process from "node:process";
import tls from "node:tls";

const { port, host, ca, direction } = JSON.parse(process.argv[2]);
const mebibyte = 1024 * 1024;
const stalledOctets = 128 * mebibyte;

const session = http2.connect(`https://${host}`, {
  createConnection: () =>
    tls.connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["h2"] }),
});

function request(path, method = "GET") {
  return session.request({ ":method": method, ":path": path });
}

/** Reads an answer to its end. */
async function read(stream) {
  const pieces = [];
  let octets = 0;
  for await (const piece of stream) {
    octets += piece.length;
    if (octets <= mebibyte) pieces.push(piece);
  }
  return { octets, text: Buffer.concat(pieces).toString() };
}

async function upload(path, size) {
  const stream = request(path, "POST");
  const answer = read(stream);
  for (let sent = 0; sent < size; sent += mebibyte) {
    if (!stream.write(Buffer.alloc(mebibyte, 1))) {
      await new Promise((resolve) => stream.once("drain", resolve));
    }
  }
  stream.end();
  return JSON.parse((await answer).text).octets;
}

/** What other streams do meanwhile, in both directions. */
async function siblings() {
  const all = await Promise.all([
    ...Array.from({ length: 20 }, async () => (await read(request("/small"))).text),
    read(request(`/download/${8 * mebibyte}`)).then(({ octets }) => octets),
    upload("/upload", 8 * mebibyte),
  ]);
  assert.deepEqual(all, [
    ...Array.from({ length: 20 }, () => '{"small":true}'),
    8 * mebibyte,
    8 * mebibyte,
  ]);
  console.log("siblings done");
}

if (direction === "down") {
  const stalled = request(`/download/${stalledOctets}`);
  await new Promise((resolve) => stalled.once("response", resolve));
  // Nobody has read from it: its window is soon used up.
  await siblings();
  assert.equal((await read(stalled)).octets, stalledOctets);
} else {
  let isWhole = false;
  const stalled = upload("/stalledUpload", stalledOctets).finally(() => isWhole = true);
  await siblings();
  assert.equal(isWhole, false);
  await read(request("/release"));
  assert.equal(await stalled, stalledOctets);
}
console.log("stalled one done");
session.close();
