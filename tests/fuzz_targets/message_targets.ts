/**
 * What holds for whole messages on their way through the data plane.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readRequests } from "../hostile/reference_reader.ts";
import { forwardInMemory } from "./forward_in_memory.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";
import { readConnection } from "./read_connection.ts";
import { connectionText, cuts, cutText, requestText } from "./request_texts.ts";

const splitsOfConnections = fuzzTarget("split-of-a-connection", {
  values: fc.tuple(connectionText, cuts),
  hold: async ([text, positions]) => {
    const whole = await readConnection([text]);
    assert.deepEqual(await readConnection(cutText(text, positions)), whole);
    assert.deepEqual(await readConnection(Array.from(text)), whole);
  },
});

const forwardedIsWellFormed = fuzzTarget("forwarded-is-well-formed", {
  values: connectionText,
  hold: (text) => {
    const forwarded = forwardInMemory(text);
    const joined = forwarded.map(({ text }) => text).join("");
    const { requests, end } = readRequests(joined);
    assert.equal(end, joined.length, "something is left over");
    assert.deepEqual(
      requests.map(({ method, target, body }) => ({ method, target, body })),
      forwarded.map(({ method, target, body }) => ({ method, target, body })),
    );
  },
});

const forwardedTwice = fuzzTarget("forwarded-twice-is-the-same", {
  values: fc.oneof(requestText, connectionText),
  hold: (text) => {
    for (const { text: once } of forwardInMemory(text)) {
      assert.deepEqual(forwardInMemory(once).map(({ text }) => text), [once]);
    }
  },
});

const readAsForwarded = fuzzTarget("what-is-read-is-what-is-forwarded", {
  values: connectionText,
  hold: async (text) => {
    const { requests } = await readConnection([text]);
    const forwarded = forwardInMemory(text);
    assert.ok(forwarded.length <= requests.length, "more is forwarded than was read");
    for (const [index, { method, body }] of forwarded.entries()) {
      assert.deepEqual({ method, body }, {
        method: requests[index]?.method,
        body: requests[index]?.body,
      });
    }
  },
});

export const messageTargets: readonly FuzzTarget[] = [
  splitsOfConnections,
  forwardedIsWellFormed,
  forwardedTwice,
  readAsForwarded,
];
