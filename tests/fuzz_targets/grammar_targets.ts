/**
 * What holds for the small parsers, beyond what the tests of each say.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAuthority, parseAuthority } from "../../src/wire/authority.ts";
import {
  cidrContains,
  classifyAddress,
  formatCidr,
  parseCidr,
  parseIpLiteral,
} from "../../src/wire/ip_address.ts";
import { parseRequestTarget } from "../../src/wire/request_target.ts";
import { WireError } from "../../src/wire/wire_error.ts";
import { type FuzzTarget, fuzzTarget } from "./fuzz_target.ts";

const hostish = fc.string({ unit: fc.constantFrom(..."aZ09x.-_:[]%@/\\?# \0\xff"), maxLength: 20 });
const addressish = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  fc.string({ unit: fc.constantFrom(..."0123456789abcdfF:.x%/"), maxLength: 24 }),
);

const targetIdempotent = fuzzTarget("request-target-is-idempotent", {
  values: fc.record({
    method: fc.constantFrom("GET", "OPTIONS"),
    prefix: fc.constantFrom(
      "",
      "/",
      "//",
      "https://",
      "http://a",
      "https://a:8443/",
      "*",
      "HTTPS://[::1]?",
    ),
    rest: fc.oneof(hostish, fc.webPath(), fc.webUrl()),
  }),
  hold: ({ method, prefix, rest }) => {
    const parsed = orUndefined(() => parseRequestTarget(method, prefix + rest));
    if (parsed === undefined || parsed.form === "authority") return;
    const again = parseRequestTarget(method, parsed.pathAndQuery);
    const form = parsed.pathAndQuery === "*" ? "asterisk" : "origin";
    assert.deepEqual(again, { form, pathAndQuery: parsed.pathAndQuery });
    if (parsed.form !== "absolute") return;
    const { scheme, authority, pathAndQuery } = parsed;
    const path = pathAndQuery === "*" ? "" : pathAndQuery;
    const rebuilt = `${scheme}://${formatAuthority(authority)}${path}`;
    assert.deepEqual(parseRequestTarget(method, rebuilt), parsed);
  },
});

const connectIdempotent = fuzzTarget("connect-target-is-idempotent", {
  values: fc.tuple(fc.oneof(hostish, fc.domain(), fc.ipV4(), fc.ipV6()), fc.nat({ max: 70_000 })),
  hold: ([host, port]) => {
    for (const text of [`${host}:${port}`, `[${host}]:${port}`, host]) {
      const authority = orUndefined(() => parseAuthority(text));
      if (authority === undefined) continue;
      const written = formatAuthority(authority);
      assert.deepEqual(parseRequestTarget("CONNECT", written), { form: "authority", authority });
      assert.equal(formatAuthority(parseAuthority(written)), written);
    }
  },
});

const addressIdempotent = fuzzTarget("address-is-idempotent", {
  values: addressish,
  hold: (text) => {
    const literal = parseIpLiteral(text);
    if (literal === undefined) {
      assert.equal(orUndefined(() => classifyAddress(text)), undefined);
      return;
    }
    assert.deepEqual(parseIpLiteral(literal.text), literal);
    assert.equal(classifyAddress(literal.text), classifyAddress(text));
  },
});

const cidrIdempotent = fuzzTarget("cidr-is-idempotent", {
  values: fc.tuple(addressish, fc.option(fc.nat({ max: 130 }))),
  hold: ([address, length]) => {
    const text = length === null ? address : `${address}/${length}`;
    const cidr = orUndefined(() => parseCidr(text));
    if (cidr === undefined) return;
    assert.deepEqual(parseCidr(formatCidr(cidr)), cidr);
    assert.ok(cidrContains(cidr, cidr.network), "a block lacks its first address");
  },
});

/** The result, or undefined where the input is refused as it should be. */
function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}

export const grammarTargets: readonly FuzzTarget[] = [
  targetIdempotent,
  connectIdempotent,
  addressIdempotent,
  cidrIdempotent,
];
