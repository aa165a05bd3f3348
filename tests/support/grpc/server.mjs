/**
 * The gRPC server of the tests, for Node. Prints `listening PORT`.
 *
 * Run: `node --preserve-symlinks server.mjs JSON`, with
 * `{ modules, cert, key, authorization, clientCa, options }`: where @grpc/grpc-js is, its certificate and
 * key as PEM, the values of the field that must arrive, whose clients it lets in (PEM; all if absent),
 * and what else the server is told.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import http2 from "node:http2";
import process from "node:process";
import { fromJson, loadGrpc, service, toJson } from "./service.mjs";

const { modules, cert, key, authorization, clientCa, options } = JSON.parse(process.argv[2]);
const seen = { streams: 0, asExpected: 0, cancelled: [], deadlines: [] };

watchRawFields();
const grpc = loadGrpc(modules);
const server = new grpc.Server({
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  ...options,
});
server.addService(service, {
  Echo: echo,
  Fail: (call, answer) => answer(toJson(call.request)),
  Download: download,
  Upload: upload,
  Chat: chat,
  Hang: (call) => {
    noteEnd(call, toJson(call.request).name);
  },
  HangStream: hangStream,
  Refuse: refuse,
  Reveal: reveal,
  Compress: compress,
  Seen: (_call, answer) => answer(null, fromJson(seen)),
});
const credentials = grpc.ServerCredentials.createSsl(
  clientCa === undefined ? null : Buffer.from(clientCa),
  [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }],
  clientCa !== undefined,
);
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error) throw error;
  console.log(`listening ${port}`);
});

/** Metadata hides a field that comes twice: only the raw ones tell. */
function watchRawFields() {
  const create = http2.createSecureServer;
  http2.createSecureServer = (...args) => {
    const raw = create(...args);
    raw.on("stream", (_stream, _fields, _flags, rawFields) => {
      const values = rawFields.filter((_, at) =>
        at % 2 === 1 && rawFields[at - 1] === "authorization"
      );
      seen.streams++;
      if (JSON.stringify(values) === JSON.stringify(authorization)) seen.asExpected++;
    });
    return raw;
  };
}

function echo(call, answer) {
  const initial = new grpc.Metadata();
  const trailing = new grpc.Metadata();
  for (const name of ["x-echo", "x-echo-bin"]) {
    for (const value of call.metadata.get(name)) {
      initial.add(name.replace("echo", "initial"), value);
      trailing.add(name.replace("echo", "trailing"), value);
    }
  }
  call.sendMetadata(initial);
  answer(null, call.request, trailing);
}

async function download(call) {
  const { count, size, code } = toJson(call.request);
  for (let sent = 0; sent < count && !call.cancelled; sent++) {
    if (!call.write(Buffer.alloc(size, sent % 251))) {
      await new Promise((resume) => {
        call.once("drain", resume);
        call.once("cancelled", resume);
      });
    }
  }
  if (code === undefined) call.end();
  else call.emit("error", { code, details: `after ${count} messages` });
}

function upload(call, answer) {
  const hash = createHash("sha256");
  let count = 0;
  let octets = 0;
  call.on("data", (message) => {
    count++;
    octets += message.length;
    hash.update(message);
  });
  call.on("end", () => answer(null, fromJson({ count, octets, sha256: hash.digest("hex") })));
}

function chat(call) {
  call.on("data", (message) => call.write(Buffer.from(message.toString().replace("ping", "pong"))));
  call.on("end", () => call.end());
}

function hangStream(call) {
  call.on("data", (message) => {
    noteEnd(call, toJson(message).name);
    call.write(fromJson({ hangs: true }));
  });
}

function refuse(call) {
  call.once("data", () => call.emit("error", { code: grpc.status.ABORTED, details: "enough" }));
}

function reveal(call, answer) {
  const value = String(call.metadata.get("authorization")[0]);
  const initial = new grpc.Metadata();
  const trailing = new grpc.Metadata();
  initial.set("x-initial", value);
  trailing.set("x-trailing", value);
  call.sendMetadata(initial);
  answer(null, fromJson({ authorization: value }), trailing);
}

function compress(call, answer) {
  const initial = new grpc.Metadata();
  initial.set("grpc-encoding", "gzip");
  call.sendMetadata(initial);
  answer(null, call.request);
}

function noteEnd(call, name) {
  seen.deadlines.push({ name, deadline: Number(call.getDeadline()) });
  call.on("cancelled", () => seen.cancelled.push(name));
}
