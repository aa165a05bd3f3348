/**
 * The service that the gRPC tests call, for Node: its methods, and @grpc/grpc-js from where the tests
 * put it. Messages are octets; what asks for something is JSON in them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { join } from "node:path";

/** @param modules A folder that has node_modules. */
export function loadGrpc(modules) {
  return createRequire(join(modules, "any.js"))("@grpc/grpc-js");
}

const same = (octets) => octets;

function method(name, { streamsUp = false, streamsDown = false } = {}) {
  return {
    path: `/lab.Lab/${name}`,
    requestStream: streamsUp,
    responseStream: streamsDown,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

export const service = {
  /** The request, with the metadata x-echo and x-echo-bin in both metadata of the response. */
  Echo: method("Echo"),
  /** Ends as it is told to: `{ code, details }`. */
  Fail: method("Fail"),
  /** `{ count, size, code? }`: so many messages, and a status. */
  Download: method("Download", { streamsDown: true }),
  /** How much came, and its hash: `{ count, octets, sha256 }`. */
  Upload: method("Upload", { streamsUp: true }),
  /** Answers each message before the next one comes. */
  Chat: method("Chat", { streamsUp: true, streamsDown: true }),
  /** Never ends: `{ name }`; notes when it is called off. */
  Hang: method("Hang"),
  HangStream: method("HangStream", { streamsUp: true, streamsDown: true }),
  /** Ends a stream while the client goes on sending. */
  Refuse: method("Refuse", { streamsUp: true, streamsDown: true }),
  /** The credential that it has got, wherever a response can hold one. */
  Reveal: method("Reveal"),
  /** Says that its messages are compressed. */
  Compress: method("Compress"),
  /** What it has seen so far: `{ streams, asExpected, cancelled, deadlines }`. */
  Seen: method("Seen"),
};

export function toJson(octets) {
  return JSON.parse(octets.toString());
}

export function fromJson(value) {
  return Buffer.from(JSON.stringify(value));
}
