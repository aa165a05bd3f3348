/**
 * Calls of @grpc/grpc-js as promises.
 *
 * @module
 */

import { fromJson, toJson } from "./service.mjs";

/**
 * One message each way.
 *
 * @returns The message and both metadata; rejects with the status.
 */
export function unary({ client, grpc }, name, request, { metadata, ...options } = {}) {
  return new Promise((resolve, reject) => {
    let initial;
    let message;
    let failure;
    const call = client[name](
      request,
      metadata ?? new grpc.Metadata(),
      options,
      (error, octets) => {
        message = octets;
        failure = error;
      },
    );
    call.on("metadata", (fields) => initial = fields);
    call.on("status", (status) => {
      if (status.code !== grpc.status.OK) reject(failure ?? status);
      else resolve({ message, initial, trailing: status.metadata });
    });
  });
}

/** Resolves with the status in which a call ends, whichever it is. */
export function statusOf(call) {
  return new Promise((resolve) => {
    call.on("error", () => {});
    call.on("status", resolve);
  });
}

/** What the server has seen so far. */
export async function seen(lab) {
  const { message } = await unary(lab, "Seen", fromJson({}));
  return toJson(message);
}

/** Asks the server until it has seen something. */
export async function untilSeen(lab, holds) {
  const end = performance.now() + 15_000;
  while (performance.now() < end) {
    if (holds(await seen(lab))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The server has not seen it: ${JSON.stringify(await seen(lab))}`);
}

/** Writes a message, and waits while enough of them wait. */
export async function write(call, message) {
  if (!call.write(message)) await new Promise((resolve) => call.once("drain", resolve));
}
