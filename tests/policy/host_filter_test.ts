import assert from "node:assert/strict";
import {
  formatHostFilter,
  matchesHostFilter,
  mayReachHostFilter,
  parseHostFilter,
} from "../../src/policy/host_filter.ts";
import { parseHost } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

interface Case {
  readonly text: string;
  readonly yes: string;
  readonly no: string;
}

const cases: readonly Case[] = [
  { text: "*", yes: "a.b example.com 1.2.3.4 ::1", no: "" },
  {
    text: "Gist.GitHub.com.",
    yes: "gist.github.com GIST.github.COM gist.github.com.",
    no: "github.com x.gist.github.com evilgist.github.com gist.github.com.evil.org",
  },
  {
    text: "*.npmjs.org",
    yes: "registry.npmjs.org a.b.npmjs.org",
    no: "npmjs.org evilnpmjs.org npmjs.org.evil.org",
  },
  { text: "*.com", yes: "a.com b.a.com", no: "com a.org acom 1.2.3.4" },
  {
    text: "10.1.0.0/16",
    yes: "10.1.0.0 10.1.255.255 ::ffff:10.1.2.3",
    no: "10.0.255.255 10.2.0.0 10.1.example ::10.1.2.3 64:ff9b::10.1.2.3",
  },
  { text: "10.1.2.3", yes: "10.1.2.3 ::ffff:a01:203", no: "10.1.2.2 10.1.2.4 example.com" },
  { text: "fd00::/8", yes: "fd00:: fdff::1", no: "fc00:: fe00:: 10.0.0.1" },
  { text: "[FD00::1]", yes: "fd00:0::1", no: "fd00::2" },
  { text: "fd00::1", yes: "fd00::1", no: "fd00::" },
];

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

for (const { text, yes, no } of cases) {
  Deno.test(`matchesHostFilter() of ${text}`, () => {
    const filter = parseHostFilter(text);
    for (const host of words(yes)) assert.ok(matchesHostFilter(filter, parseHost(host)), host);
    for (const host of words(no)) assert.ok(!matchesHostFilter(filter, parseHost(host)), host);
    assert.deepEqual(parseHostFilter(formatHostFilter(filter)), filter);
  });
}

Deno.test("mayReachHostFilter() looks into addresses that carry others", () => {
  const filter = parseHostFilter("203.0.113.0/24");
  for (
    const host of ["203.0.113.9", "::ffff:203.0.113.9", "64:ff9b::203.0.113.9", "2002:cb00:7109::"]
  ) assert.ok(mayReachHostFilter(filter, parseHost(host)), host);
  for (const host of ["203.0.114.0", "64:ff9b::203.0.114.0", "2606::cb00:7109", "a.example"]) {
    assert.ok(!mayReachHostFilter(filter, parseHost(host)), host);
  }
});

Deno.test("formatHostFilter() writes the canonical form", () => {
  const table: [string, string][] = [
    ["*", "*"],
    ["EXAMPLE.com.", "example.com"],
    ["*.Example.com", "*.example.com"],
    ["10.1.2.3/32", "10.1.2.3"],
    ["[::FFFF:10.0.0.0]", "10.0.0.0"],
    ["fd00::1/128", "fd00::1"],
    ["fd00::/8", "fd00::/8"],
  ];
  for (const [text, expected] of table) {
    assert.equal(formatHostFilter(parseHostFilter(text)), expected);
  }
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["", /the host is empty/],
  ["**", /stands alone or is the whole first label/],
  ["a.*.com", /stands alone or is the whole first label/],
  ["*a.com", /stands alone or is the whole first label/],
  ["*.*.com", /stands alone or is the whole first label/],
  ["*.", /the host is empty/],
  ["*.10.0.0.1", /an address has no subdomains/],
  ["example.com:8443", /write the port apart, as port: 8443/],
  ["[::1]:8443", /write the port apart/],
  ["https://example.com", /a URL or has a path/],
  ["example.com/x", /a URL or has a path/],
  ["10.0.0.1/8", /host bits are set, the block is 10\.0\.0\.0\/8/],
  ["10.0.0.0/33", /the prefix length must be 0 to 32/],
  ["0x7f.0.0.1", /must be a dotted-decimal IPv4 address/],
  ["2130706433", /must be a dotted-decimal IPv4 address/],
  ["0177.0.0.1", /must be a dotted-decimal IPv4 address/],
  ["user:secret@example.com", /userinfo is not allowed|this is no IPv6 address/],
];

for (const [text, state] of refused) {
  Deno.test(`parseHostFilter() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseHostFilter(text), (error) => {
      assert.ok(error instanceof WireError);
      assert.match(error.message, state);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
