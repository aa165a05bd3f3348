import assert from "node:assert/strict";
import {
  matchesProxyBypass,
  parseProxyBypass,
  splitBypasses,
} from "../../src/policy/proxy_bypass.ts";
import { parseAuthority } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

/** What each entry names, and what lies just outside it. */
const table: Readonly<Record<string, { names: string[]; leaves: string[] }>> = {
  "*": { names: ["a.example:443", "10.0.0.1:1", "[::1]:443"], leaves: [] },
  "corp.example": {
    names: ["corp.example:443", "a.corp.example:80", "a.b.corp.example:443"],
    leaves: ["notcorp.example:443", "corp.example.evil.com:443", "example:443", "10.0.0.1:443"],
  },
  "CORP.Example.": { names: ["corp.example:443", "a.corp.example:443"], leaves: ["a.example:443"] },
  ".corp.example": {
    names: ["a.corp.example:443", "a.b.corp.example:443"],
    leaves: ["corp.example:443", "notcorp.example:443"],
  },
  "*.corp.example": {
    names: ["a.corp.example:443"],
    leaves: ["corp.example:443", "acorp.example:443"],
  },
  "corp.example:8443": {
    names: ["corp.example:8443", "a.corp.example:8443"],
    leaves: ["corp.example:443", "corp.example:8444"],
  },
  ".corp.example:8443": {
    names: ["a.corp.example:8443"],
    leaves: ["corp.example:8443", "a.corp.example:443"],
  },
  "10.0.0.7": { names: ["10.0.0.7:443"], leaves: ["10.0.0.8:443", "10.0.0.70:443"] },
  "10.0.0.7:6443": { names: ["10.0.0.7:6443"], leaves: ["10.0.0.7:443"] },
  "10.0.0.0/8": {
    names: ["10.0.0.0:443", "10.255.255.255:443"],
    leaves: ["9.255.255.255:443", "11.0.0.0:443", "a.example:443"],
  },
  "::1": { names: ["[::1]:443"], leaves: ["[::2]:443"] },
  "[fd00::1]": { names: ["[fd00::1]:443"], leaves: ["[fd00::2]:443"] },
  "[fd00::1]:8443": { names: ["[fd00::1]:8443"], leaves: ["[fd00::1]:443"] },
  "fd00::/8": { names: ["[fd12::1]:443"], leaves: ["[fe00::1]:443", "[2001:db8::1]:443"] },
  intranet: { names: ["intranet:80", "a.intranet:80"], leaves: ["intranet.example:80"] },
};

for (const [text, { names, leaves }] of Object.entries(table)) {
  Deno.test(`parseProxyBypass() reads ${text}`, () => {
    const entry = parseProxyBypass(text);
    for (const authority of names) {
      assert.equal(matchesProxyBypass(entry, parseAuthority(authority)), true, authority);
    }
    for (const authority of leaves) {
      assert.equal(matchesProxyBypass(entry, parseAuthority(authority)), false, authority);
    }
  });
}

for (
  const text of [
    "",
    ".",
    "*.",
    "a*.example",
    "a.*",
    "10.*",
    "127.1",
    "<local>",
    "10.0.0.0/33",
    "10.0.0.1/8",
    ".10.0.0.1",
    "http://a.example",
    "a.example:0",
    "a.example:99999",
    "a.example:",
    "me@a.example",
    "**",
  ]
) {
  Deno.test(`parseProxyBypass() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseProxyBypass(text), WireError);
  });
}

Deno.test("splitBypasses() splits by commas and white space", () => {
  assert.deepEqual(splitBypasses(" a.example, b.example,,\n.c.example 10.0.0.0/8 "), [
    "a.example",
    "b.example",
    ".c.example",
    "10.0.0.0/8",
  ]);
  assert.deepEqual(splitBypasses(" , "), []);
});
