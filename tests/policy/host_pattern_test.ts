import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatHostPattern,
  hasLabel,
  type HostPattern,
  matchesHost,
  matchesHostPattern,
  parseHostPattern,
} from "../../src/policy/host_pattern.ts";
import { parseAuthority } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const parse = (text: string) => parseHostPattern(text, { defaultPort: 443 });
const matches = (pattern: string | HostPattern, authority: string) =>
  matchesHostPattern(
    typeof pattern === "string" ? parse(pattern) : pattern,
    parseAuthority(authority),
  );

Deno.test("parseHostPattern() reads names, addresses, ports and wildcards", () => {
  const table: [string, HostPattern][] = [
    ["sentry.io", { kind: "exact", host: "sentry.io", port: 443 }],
    ["Sentry.IO.", { kind: "exact", host: "sentry.io", port: 443 }],
    ["localhost:8443", { kind: "exact", host: "localhost", port: 8443 }],
    ["kubernetes", { kind: "exact", host: "kubernetes", port: 443 }],
    ["203.0.113.9", { kind: "exact", host: "203.0.113.9", port: 443 }],
    ["[2001:DB8::1]:6443", { kind: "exact", host: "2001:db8::1", port: 6443 }],
    ["acme.atlassian.net", { kind: "exact", host: "acme.atlassian.net", port: 443 }],
    ["acme.github.io", { kind: "exact", host: "acme.github.io", port: 443 }],
    ["*.example.com", { kind: "suffix", host: "example.com", port: 443 }],
    ["*.Example.com:8443", { kind: "suffix", host: "example.com", port: 8443 }],
    ["*.k8s.corp", { kind: "suffix", host: "k8s.corp", port: 443 }],
    ["*.svc.cluster.local", { kind: "suffix", host: "svc.cluster.local", port: 443 }],
    ["*.example.co.uk", { kind: "suffix", host: "example.co.uk", port: 443 }],
    ["*.acme.github.io", { kind: "suffix", host: "acme.github.io", port: 443 }],
    ["*.acme.atlassian.net", { kind: "suffix", host: "acme.atlassian.net", port: 443 }],
  ];
  for (const [text, expected] of table) assert.deepEqual(parse(text), expected, text);
});

Deno.test("parseHostPattern() refuses what is too wide or malformed, and says how to mend it", () => {
  const table: [string, RegExp][] = [
    ["*", /matches every host/],
    ["*:6443", /matches every host/],
    ["**", /whole first label/],
    ["*.*.example.com", /whole first label/],
    ["api.*", /whole first label/],
    ["api.*.example.com", /whole first label/],
    ["*github.com", /whole first label/],
    ["api*.example.com", /whole first label/],
    ["*.", /whole first label/],
    ["*.com", /covers all of "\.com"/],
    ["*.corp", /covers all of "\.corp"/],
    ["*.internal:6443", /covers all of "\.internal"/],
    ["*.co.uk", /public suffix/],
    ["*.CO.UK.", /public suffix/],
    ["*.github.io", /public suffix/],
    ["*.kawasaki.jp", /public suffix/],
    ["*.compute.amazonaws.com", /public suffix/],
    ["*.s3.amazonaws.com", /public suffix/],
    ["*.grafana.net", /different customers/],
    ["*.atlassian.net:8443", /different customers/],
    ["*.amazonaws.com", /different customers/],
    ["*.us-east-1.eks.amazonaws.com", /different customers/],
    ["*.gr7.us-east-1.eks.amazonaws.com", /different customers/],
    ["*.203.0.113.9", /no subdomains/],
    ["*.[2001:db8::1]", /no subdomains|not allowed/],
    ["", /empty/],
    ["https://api.example.com", /write the host alone/],
    ["api.example.com/v1", /write the host alone/],
    ["*.example.com/v1", /write the host alone/],
    ["a@example.com", /userinfo/],
    ["example.com:0", /port/],
    ["example.com:", /port/],
    ["exa mple.com", /white space/],
    ["0x7f.1", /ends in a number/],
  ];
  for (const [text, expected] of table) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof WireError, text);
      assert.match(error.message, expected, text);
      return true;
    }, text);
  }
});

Deno.test("matchesHostPattern() is bounded by labels and by the port", () => {
  const table: [string, string, boolean][] = [
    ["sentry.io", "sentry.io:443", true],
    ["sentry.io", "SENTRY.io.:443", true],
    ["sentry.io", "evilsentry.io:443", false],
    ["sentry.io", "sentry.io.evil.com:443", false],
    ["sentry.io", "us.sentry.io:443", false],
    ["sentry.io", "sentry.io:6443", false],
    ["prod.k8s.corp:6443", "evil.com:6443", false],
    ["prod.k8s.corp:6443", "non-prod.k8s.corp:6443", false],
    ["prod.k8s.corp:6443", "prod.k8s.corp:443", false],
    ["*.example.com", "a.example.com:443", true],
    ["*.example.com", "a.b.example.com:443", true],
    ["*.example.com", "example.com:443", false],
    ["*.example.com", "evilexample.com:443", false],
    ["*.example.com", "a.example.com.evil.org:443", false],
    ["*.example.com", "a.example.com:8443", false],
    ["203.0.113.9", "203.0.113.9:443", true],
    ["203.0.113.9", "203.0.113.90:443", false],
    ["[2001:db8::1]", "[2001:0db8:0::1]:443", true],
  ];
  for (const [pattern, authority, expected] of table) {
    assert.equal(matches(pattern, authority), expected, `${pattern} ${authority}`);
  }
});

Deno.test("matchesHostPattern() wants a pattern's label whole, anywhere in the name", () => {
  const pattern: HostPattern = { ...parse("*.k8s.corp"), label: "prod" };
  const table: [string, boolean][] = [
    ["prod.k8s.corp:443", true],
    ["api.prod.k8s.corp:443", true],
    ["prod.dev.k8s.corp:443", true],
    ["non-prod.k8s.corp:443", false],
    ["prod-1.k8s.corp:443", false],
    ["dev.k8s.corp:443", false],
    ["k8s.corp:443", false],
    ["prod.evil.com:443", false],
  ];
  for (const [authority, expected] of table) {
    assert.equal(matches(pattern, authority), expected, authority);
  }
});

Deno.test("hasLabel() finds no label in an address", () => {
  assert.equal(hasLabel("10.0.0.1", "10"), false);
  assert.equal(hasLabel("::ffff:10.0.0.1", "0"), false);
  assert.equal(hasLabel("10.example.com", "10"), true);
});

Deno.test("formatHostPattern() writes what parseHostPattern() reads back", () => {
  for (const text of ["a.example.com:443", "*.example.com:8443", "[2001:db8::1]:6443"]) {
    assert.equal(formatHostPattern(parse(text)), text);
  }
  assert.equal(formatHostPattern(parse("a.example.com"), { defaultPort: 443 }), "a.example.com");
  assert.equal(
    formatHostPattern({ ...parse("*.k8s.corp:6443"), label: "prod" }),
    "*.k8s.corp:6443 (label prod)",
  );
});

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));

Deno.test("a suffix pattern never matches a host that does not end in a dot and the suffix", () => {
  const suffix = "example.com";
  const nearby = fc.oneof(
    name,
    name.map((text) => `${text}.${suffix}`),
    name.map((text) => `${text}${suffix}`),
    name.map((text) => `${suffix}.${text}`),
    fc.constant(suffix),
  );
  fc.assert(fc.property(nearby, (host) => {
    assert.equal(matchesHost(parse(`*.${suffix}`), host), host.endsWith(`.${suffix}`));
  }));
});

Deno.test("an accepted wildcard always ends in two labels or more", () => {
  const text = fc.oneof(name, name.map((rest) => `*.${rest}`), fc.string(), fc.domain());
  fc.assert(fc.property(text, (candidate) => {
    let pattern: HostPattern;
    try {
      pattern = parse(candidate);
    } catch (error) {
      assert.ok(error instanceof WireError);
      return;
    }
    assert.ok(!pattern.host.includes("*"));
    if (pattern.kind === "suffix") assert.ok(pattern.host.includes("."));
  }));
});
