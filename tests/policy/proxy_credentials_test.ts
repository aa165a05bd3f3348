import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCredentials } from "../../src/policy/proxy_credentials.ts";

function basic(pair: string, scheme = "Basic"): string {
  return `${scheme} ${new TextEncoder().encode(pair).toBase64()}`;
}

function basicOctets(...octets: number[]): string {
  return `Basic ${Uint8Array.from(octets).toBase64()}`;
}

const accepted: [string, { user: string | undefined; token: string }][] = [
  [basic("ci:token"), { user: "ci", token: "token" }],
  [basic("ci:token", "basic"), { user: "ci", token: "token" }],
  [basic("ci:token", "BASIC"), { user: "ci", token: "token" }],
  [basic("ci:token", "Basic  "), { user: "ci", token: "token" }],
  [basic(":token"), { user: "", token: "token" }],
  [basic("ci:"), { user: "ci", token: "" }],
  [basic("ci:with:colons:"), { user: "ci", token: "with:colons:" }],
  [basic("jürgen:schlüssel€"), { user: "jürgen", token: "schlüssel€" }],
  [basic("\ufeffci:token"), { user: "\ufeffci", token: "token" }],
  ["Bearer abc", { user: undefined, token: "abc" }],
  ["bearer   a:b~!", { user: undefined, token: "a:b~!" }],
];

const refused = [
  "",
  "Basic",
  "Basic ",
  "Bearer",
  "Bearer ",
  "token",
  "Bearer a b",
  "Bearer a ",
  " Bearer a",
  "Bearer\ta",
  "Bearer, a",
  "Bearer ä",
  "Bearer a\u0080",
  `Digest ${btoa("ci:token")}`,
  basic("no colon"),
  basic(""),
  basic("ci:tok\u0000en"),
  basic("ci:tok\nen"),
  basic("ci:tok\u007fen"),
  basic("ci:tok\u0085en"),
  basic("c\ti:token"),
  basicOctets(0x63, 0x3a, 0xff),
  basicOctets(0x63, 0x3a, 0xc0, 0x80),
  basicOctets(0x63, 0x3a, 0xed, 0xa0, 0x80),
  // Other spellings of "a:b" (YTpi), "a:bc" (YTpiYw==) and "?:??" than an encoder's.
  "Basic YTpi=",
  "Basic YTp i",
  "Basic YTpiYw",
  "Basic YTpiYw=",
  "Basic YTpiYx==",
  "Basic YTpiYw===",
  "Basic Pzo_Pw==",
  "Basic !!!!",
  "Basic =",
];

Deno.test("parseCredentials() reads Basic and Bearer", () => {
  for (const [value, expected] of accepted) assert.deepEqual(parseCredentials(value), expected);
});

Deno.test("parseCredentials() refuses what an encoder would not have written", () => {
  for (const value of refused) {
    assert.equal(parseCredentials(value), undefined, JSON.stringify(value));
  }
});

Deno.test("parseCredentials() gives back every pair without control characters", () => {
  const text = fc.string({ unit: "binary" }).filter((value) => !/\p{Cc}|\p{Cs}/u.test(value));
  const user = text.filter((value) => !value.includes(":"));
  fc.assert(fc.property(user, text, (user, token) => {
    assert.deepEqual(parseCredentials(basic(`${user}:${token}`)), { user, token });
  }));
});

Deno.test("parseCredentials() takes one spelling of a pair alone", () => {
  const edit = fc.record({
    at: fc.nat(60),
    drop: fc.nat(1),
    put: fc.string({ unit: fc.constantFrom(..."AQgw/+-_= \t:"), maxLength: 2 }),
  });
  let taken = 0;
  fc.assert(fc.property(fc.string({ maxLength: 40 }), edit, (token, { at, drop, put }) => {
    const value = basic(`ci:${token}`).slice("Basic ".length);
    const spelling = value.slice(0, at) + put + value.slice(at + drop);
    const read = parseCredentials(`Basic ${spelling}`);
    if (read === undefined) return;
    taken++;
    // Between the scheme and what follows, RFC 9110 section 11.4 allows any number of spaces.
    assert.equal(basic(`${read.user}:${read.token}`), `Basic ${spelling.trimStart()}`);
  }));
  assert.ok(taken > 0, "nothing was read, so nothing was compared");
});
