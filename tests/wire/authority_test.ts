import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Authority,
  formatAuthority,
  formatHost,
  parseAuthority,
  parseHost,
  sameAuthority,
} from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const label63 = "a".repeat(63);
const host253 = `${label63}.${label63}.${label63}.${"b".repeat(61)}`;

function refuses(run: () => unknown, state: RegExp | string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WireError, `${error}`);
    if (typeof state === "string") assert.ok(error.message.endsWith(`: ${state}`), error.message);
    else assert.match(error.message, state);
    return true;
  });
}

Deno.test("parseAuthority() gives the canonical host, its kind and the port", () => {
  const table: [string, Authority["kind"], string, number][] = [
    ["api.github.com:443", "name", "api.github.com", 443],
    ["API.GitHub.COM:443", "name", "api.github.com", 443],
    ["api.github.com.:8443", "name", "api.github.com", 8443],
    ["localhost:1", "name", "localhost", 1],
    ["h:65535", "name", "h", 65535],
    ["h:00080", "name", "h", 80],
    ["a_b._tcp.example-1.com:80", "name", "a_b._tcp.example-1.com", 80],
    ["_:80", "name", "_", 80],
    ["r3---sn-x.example.com:80", "name", "r3---sn-x.example.com", 80],
    ["xn--bcher-kva.example:80", "name", "xn--bcher-kva.example", 80],
    [`${label63}.com:80`, "name", `${label63}.com`, 80],
    [`${host253}:80`, "name", host253, 80],
    [`${host253}.:80`, "name", host253, 80],
    ["127.0.0.1:80", "ipv4", "127.0.0.1", 80],
    ["255.255.255.255:80", "ipv4", "255.255.255.255", 80],
    ["[::1]:80", "ipv6", "::1", 80],
    ["[2001:DB8:0:0:0:0:0:A]:80", "ipv6", "2001:db8::a", 80],
    ["[::FFFF:127.0.0.1]:80", "ipv6", "::ffff:127.0.0.1", 80],
    ["[::ffff:7f00:1]:80", "ipv6", "::ffff:127.0.0.1", 80],
    // The last label is what makes a number of a host, and these are none.
    ["1.2.3.4.com:80", "name", "1.2.3.4.com", 80],
    ["1.2.3.4a:80", "name", "1.2.3.4a", 80],
    ["0x7g:80", "name", "0x7g", 80],
    ["1x7f:80", "name", "1x7f", 80],
    ["x0x7f:80", "name", "x0x7f", 80],
    ["7f:80", "name", "7f", 80],
    ["0_1:80", "name", "0_1", 80],
  ];
  for (const [text, kind, host, port] of table) {
    assert.deepEqual(parseAuthority(text), { host, kind, port }, text);
  }
});

Deno.test("parseAuthority() fills in the default port only where there is none", () => {
  const options = { defaultPort: 443 };
  assert.equal(parseAuthority("api.github.com", options).port, 443);
  assert.equal(parseAuthority("api.github.com:80", options).port, 80);
  assert.equal(parseAuthority("[::1]", options).port, 443);
  assert.equal(parseAuthority("[::1]:80", options).port, 80);
  for (const text of ["api.github.com", "127.0.0.1", "[::1]"]) {
    refuses(() => parseAuthority(text), "a port is required");
    refuses(() => parseAuthority(text, {}), "a port is required");
    refuses(() => parseAuthority(`${text}:`, options), /the port is not a decimal number/);
  }
});

Deno.test("parseAuthority() refuses whatever is not exactly a host and a port", () => {
  const port = "the port is not a decimal number from 1 to 65535";
  const number = "a host that ends in a number must be a dotted-decimal IPv4 address";
  const space = "white space and control characters are not allowed";
  const brackets = "the brackets hold no IPv6 address (zone ids and IPvFuture are not allowed)";
  const table: [string, string][] = [
    ["", "the host is empty"],
    [".", "the host is empty"],
    [":80", "the host is empty"],
    [".:80", "the host is empty"],
    ["..:80", "a label is empty"],
    [".a:80", "a label is empty"],
    ["a..b:80", "a label is empty"],
    ["a..:80", "a label is empty"],
    [`${label63}a:80`, "a label is longer than 63 characters"],
    [`a.${label63}a.b:80`, "a label is longer than 63 characters"],
    [`${host253}b:80`, "the host is longer than 253 characters"],
    [`${host253}b.:80`, "the host is longer than 253 characters"],
    ["-a:80", 'a label starts or ends with "-"'],
    ["a-:80", 'a label starts or ends with "-"'],
    ["a.-b.c:80", 'a label starts or ends with "-"'],
    ["a.b-.c:80", 'a label starts or ends with "-"'],
    ["-:80", 'a label starts or ends with "-"'],
    ["h:0", port],
    ["h:65536", port],
    ["h:99999", port],
    ["h:000080", port],
    ["h:", port],
    ["h:+80", port],
    ["h:-80", port],
    ["h:8 0", port],
    ["h: 80", port],
    ["h:80 ", port],
    ["h:0x50", port],
    ["h:8e1", port],
    ["h:80.0", port],
    ["h:http", port],
    ["h:٨٠", port],
    ["h:80:80", port],
    ["h:80/", port],
    ["h:80/path", port],
    ["h:80?q", port],
    ["h:80#f", port],
    ["h:80,g:80", port],
    ["h:80\r\nHost: x", port],
    [" h:80", space],
    ["h :80", space],
    ["h\t:80", space],
    ["h\n:80", space],
    ["h\0:80", space],
    ["h\x7f:80", space],
    ["h%41:80", "percent-encoding is not allowed"],
    ["h%00.evil.com:80", "percent-encoding is not allowed"],
    ["bücher.example:80", "non-ASCII characters are not allowed, use the punycode form (xn--…)"],
    ["ｇithub.com:80", "non-ASCII characters are not allowed, use the punycode form (xn--…)"],
    ["github。com:80", "non-ASCII characters are not allowed, use the punycode form (xn--…)"],
    ["\u212a.com:80", "non-ASCII characters are not allowed, use the punycode form (xn--…)"],
    ["\x80:80", "non-ASCII characters are not allowed, use the punycode form (xn--…)"],
    ["h/:80", '"/" is not allowed in a host'],
    ["h?:80", '"?" is not allowed in a host'],
    ["h#:80", '"#" is not allowed in a host'],
    ["h\\:80", '"\\\\" is not allowed in a host'],
    ["h,g:80", '"," is not allowed in a host'],
    ["*.com:80", '"*" is not allowed in a host'],
    ["h;a:80", '";" is not allowed in a host'],
    ["h]:80", '"]" is not allowed in a host'],
    ["h[::1]:80", '"[" is not allowed in a host'],
    ["127.1:80", number],
    ["2130706433:80", number],
    ["0x7f.1:80", number],
    ["0x7F000001:80", number],
    ["0X7f:80", number],
    ["0x:80", number],
    ["a.0x:80", number],
    ["a.0:80", number],
    ["0177.0.0.1:80", number],
    ["127.0.0.01:80", number],
    ["127.0.0.0x1:80", number],
    ["127.0.0.1.:80", number],
    ["256.0.0.1:80", number],
    ["1.2.3.256:80", number],
    ["1.2.3:80", number],
    ["1.2.3.4.5:80", number],
    ["example.1:80", number],
    ["example.com.09:80", number],
    ["[]:80", brackets],
    ["[1.2.3.4]:80", brackets],
    ["[h]:80", brackets],
    ["[::1%eth0]:80", brackets],
    ["[::1%25eth0]:80", brackets],
    ["[v1.x:y]:80", brackets],
    ["[ ::1]:80", brackets],
    ["[[::1]]:80", brackets],
    ["[::1:80", 'a "[" without "]"'],
    ["[", 'a "[" without "]"'],
    ["[::1]80", 'something other than a port after "]"'],
    ["[::1]a:80", 'something other than a port after "]"'],
    ["[::1].:80", 'something other than a port after "]"'],
    ["[::1]:", port],
    ["[::1]:0", port],
    ["::1", "an IPv6 address needs brackets"],
    ["2001:db8::1", "an IPv6 address needs brackets"],
    ["1::", "an IPv6 address needs brackets"],
  ];
  for (const [text, state] of table) {
    refuses(() => parseAuthority(text), state);
    refuses(() => parseAuthority(text, { defaultPort: 443 }), state);
  }
});

Deno.test("parseAuthority() rejects userinfo and does not repeat it", () => {
  for (
    const text of [
      "x@y:80",
      "@y:80",
      "user:hunter2@y:80",
      "user:hunter2@[::1]:80",
      "api.github.com:443@evil.com:80",
      "api.github.com@evil.com",
      "hunter2:80@",
    ]
  ) {
    for (const options of [{}, { defaultPort: 443 }]) {
      assert.throws(() => parseAuthority(text, options), (error) => {
        assert.ok(error instanceof WireError);
        assert.match(error.message, /: userinfo is not allowed$/);
        assert.ok(!/hunter2|github/.test(error.message), error.message);
        return true;
      });
    }
  }
});

Deno.test("parseHost() takes a host without a port, IPv6 with or without brackets", () => {
  assert.deepEqual(parseHost("API.github.com."), { host: "api.github.com", kind: "name" });
  assert.deepEqual(parseHost("10.0.0.1"), { host: "10.0.0.1", kind: "ipv4" });
  assert.deepEqual(parseHost("[::0001]"), { host: "::1", kind: "ipv6" });
  assert.deepEqual(parseHost("::0001"), { host: "::1", kind: "ipv6" });
  refuses(() => parseHost("h:80"), "a host has no port, and this is no IPv6 address");
  refuses(() => parseHost("::1%eth0"), "a host has no port, and this is no IPv6 address");
  refuses(() => parseHost("[::1]:80"), 'it does not end with "]"');
  refuses(() => parseHost("[::1"), 'it does not end with "]"');
  refuses(() => parseHost("["), 'it does not end with "]"');
  refuses(() => parseHost(""), "the host is empty");
  refuses(() => parseHost("x@y"), "userinfo is not allowed");
  refuses(() => parseHost("127.1"), /ends in a number/);
});

Deno.test("formatAuthority() and formatHost() bracket IPv6 and leave the default port out", () => {
  const name = parseAuthority("h:443");
  const ipv6 = parseAuthority("[::1]:443");
  assert.equal(formatAuthority(name), "h:443");
  assert.equal(formatAuthority(name, { defaultPort: 443 }), "h");
  assert.equal(formatAuthority(name, { defaultPort: 80 }), "h:443");
  assert.equal(formatAuthority(ipv6), "[::1]:443");
  assert.equal(formatAuthority(ipv6, { defaultPort: 443 }), "[::1]");
  assert.equal(formatHost(name), "h");
  assert.equal(formatHost(ipv6), "[::1]");
  assert.equal(formatHost(parseHost("10.0.0.1")), "10.0.0.1");
});

Deno.test("sameAuthority() compares canonical hosts, kinds and ports", () => {
  const same = (a: string, b: string) => sameAuthority(parseAuthority(a), parseAuthority(b));
  assert.ok(same("API.github.com.:443", "api.github.com:443"));
  assert.ok(same("[::1]:443", "[0:0:0:0:0:0:0:1]:443"));
  assert.ok(!same("api.github.com:443", "api.github.com:444"));
  assert.ok(!same("sentry.io:443", "evilsentry.io:443"));
  assert.ok(!same("sentry.io:443", "sentry.io.evil.com:443"));
  assert.ok(!same("127.0.0.1:443", "[::ffff:127.0.0.1]:443"));
});

const hostish = fc.string({
  unit: fc.constantFrom(..."aZ09xX.-_:[]%@/\\ \0fé,"),
  maxLength: 24,
});

Deno.test("parseAuthority() and parseHost() throw nothing but WireError", () => {
  const text = fc.oneof(hostish, fc.string({ unit: "binary" }), fc.ipV6(), fc.webAuthority());
  fc.assert(
    fc.property(text, (text) => {
      for (const parse of [parseHost, parseAuthority, withDefaultPort]) {
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof WireError, `${text}: ${error}`);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

function withDefaultPort(text: string): Authority {
  return parseAuthority(text, { defaultPort: 443 });
}

Deno.test("parseAuthority() is canonical: what it accepts reads back to the same value", () => {
  fc.assert(
    fc.property(fc.oneof(hostish, fc.webAuthority()), (text) => {
      let authority: Authority;
      try {
        authority = withDefaultPort(text);
      } catch {
        return;
      }
      assert.deepEqual(parseAuthority(formatAuthority(authority)), authority);
      assert.deepEqual(
        withDefaultPort(formatAuthority(authority, { defaultPort: 443 })),
        authority,
      );
      const host = { host: authority.host, kind: authority.kind };
      assert.deepEqual(parseHost(authority.host), host);
      assert.deepEqual(parseHost(formatHost(authority)), host);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseHost() accepts no host that the WHATWG URL parser reads as another one", () => {
  fc.assert(
    fc.property(fc.oneof(hostish, fc.domain(), fc.ipV4Extended()), (text) => {
      let parsed: string;
      try {
        parsed = formatHost(parseHost(text));
      } catch {
        return;
      }
      // URL writes IPv4-mapped addresses in hexadecimal, and refuses some punycode that DNS takes.
      if (text.includes("xn--") || parsed.startsWith("[::ffff:")) return;
      const url = new URL(`http://${text.includes(":") ? parsed : text}/`);
      assert.equal(url.hostname.replace(/\.$/, ""), parsed);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseAuthority() accepts every ordinary name with every port", () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65535 }), (name, port) => {
      const authority = parseAuthority(`${name}:${port}`);
      assert.deepEqual(authority, { host: name.toLowerCase(), kind: "name", port });
    }),
  );
});
