/**
 * What holds for a ClientHello whose contents are hostile: how it is cut into records or reads, and
 * what follows it, changes nothing.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readClientHello } from "../../src/wire/client_hello.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";

const extension = fc.tuple(
  fc.constantFrom(0, 0, 16, 16, 10, 43, 0xfe0d),
  fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9.-]{1,12}$/).map(serverNameData),
    fc.stringMatching(/^[a-z0-9/.]{1,8}$/).map(alpnData),
    fc.array(fc.nat({ max: 255 }), { maxLength: 12 }),
  ),
).map(([type, data]) => [...uint16(type), ...vector16(data)]);

/** A handshake message, in a few places not what it was. */
const message = fc.record({
  extensions: fc.array(extension, { maxLength: 4 }),
  changes: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 2 }),
}).map(({ extensions, changes }) => {
  const body = [3, 3, ...new Array<number>(32).fill(7), 0, 0, 2, 0x13, 1, 1, 0];
  body.push(...vector16(extensions.flat()));
  const octets = [1, 0, ...uint16(body.length), ...body];
  for (const [at, value] of changes) octets[4 + at % body.length] = value;
  return octets;
});

const sameOverRecords = fuzzTarget("client-hello-over-any-records", {
  values: fc.tuple(message, fc.array(fc.nat({ max: 200 }), { maxLength: 8 })),
  hold: ([octets, cuts]) => {
    const whole = outcome(record(octets));
    assert.notEqual(whole, "incomplete");
    const stops = [...new Set([0, ...cuts.map((cut) => cut % octets.length), octets.length])]
      .sort((a, b) => a - b);
    const records = stops.slice(1).flatMap((stop, index) =>
      record(octets.slice(stops[index], stop))
    );
    assert.equal(outcome(records), whole);
  },
});

const nothingAfter = fuzzTarget("client-hello-whatever-follows", {
  values: fc.tuple(message, fc.array(fc.nat({ max: 255 }), { maxLength: 30 })),
  hold: ([octets, tail]) => {
    assert.equal(outcome([...record(octets), ...tail]), outcome(record(octets)));
  },
});

function outcome(octets: readonly number[]): string {
  try {
    const result = readClientHello(Uint8Array.from(octets));
    return result.kind === "hello" ? JSON.stringify(result) : result.kind;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return "refused";
  }
}

function record(octets: readonly number[]): number[] {
  return [0x16, 3, 1, ...vector16(octets)];
}

function serverNameData(name: string): number[] {
  const octets = Array.from(name, (character) => character.charCodeAt(0));
  return vector16([0, ...vector16(octets)]);
}

function alpnData(protocol: string): number[] {
  const octets = Array.from(protocol, (character) => character.charCodeAt(0));
  return vector16([octets.length, ...octets]);
}

function vector16(octets: readonly number[]): number[] {
  return [...uint16(octets.length), ...octets];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export const clientHelloTargets: readonly FuzzTarget[] = [sameOverRecords, nothingAfter];
