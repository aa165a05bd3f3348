import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRequestTarget, type RequestTarget } from "../../src/wire/request_target.ts";
import { WireError } from "../../src/wire/wire_error.ts";

function absolute(scheme: "http" | "https", host: string, port: number, pathAndQuery: string) {
  return {
    form: "absolute",
    scheme,
    authority: { host, kind: "name", port },
    pathAndQuery,
  } as const;
}

Deno.test("parseRequestTarget() tells the four forms apart", () => {
  const authority = { host: "api.github.com", kind: "name", port: 443 } as const;
  const ipv6 = { host: "::1", kind: "ipv6", port: 8080 } as const;
  const table: [string, string, RequestTarget][] = [
    ["CONNECT", "api.github.com:443", { form: "authority", authority }],
    ["CONNECT", "[0::1]:8080", { form: "authority", authority: ipv6 }],
    ["GET", "/", { form: "origin", pathAndQuery: "/" }],
    ["GET", "/a/../b//%2e?q=%00&r", {
      form: "origin",
      pathAndQuery: "/a/../b//%2e?q=%00&r",
    }],
    ["GET", "//evil.com/x", { form: "origin", pathAndQuery: "//evil.com/x" }],
    ["GET", "/http://h/", { form: "origin", pathAndQuery: "/http://h/" }],
    ["GET", "/!\"$%&'()*+,-.:;<=>?@[\\]^_`{|}~", {
      form: "origin",
      pathAndQuery: "/!\"$%&'()*+,-.:;<=>?@[\\]^_`{|}~",
    }],
    ["GET", "/\x80é\xff", { form: "origin", pathAndQuery: "/\x80é\xff" }],
    ["OPTIONS", "/", { form: "origin", pathAndQuery: "/" }],
    ["OPTIONS", "*", { form: "asterisk", pathAndQuery: "*" }],
    ["OPTIONS", "http://h", absolute("http", "h", 80, "*")],
    ["OPTIONS", "http://h/", absolute("http", "h", 80, "/")],
    ["OPTIONS", "http://h?q", absolute("http", "h", 80, "/?q")],
    ["OPTIONS", "http://h?", absolute("http", "h", 80, "/?")],
    ["GET", "http://h", absolute("http", "h", 80, "/")],
    ["GET", "http://h?q", absolute("http", "h", 80, "/?q")],
    ["GET", "http://h?q=/a:b@c", absolute("http", "h", 80, "/?q=/a:b@c")],
    ["GET", "http://H.Example.:8080/A?b", absolute("http", "h.example", 8080, "/A?b")],
    ["GET", "https://h/", absolute("https", "h", 443, "/")],
    ["GET", "HtTpS://h/", absolute("https", "h", 443, "/")],
    ["GET", "http://h:443/", absolute("http", "h", 443, "/")],
    ["GET", "http://h//a", absolute("http", "h", 80, "//a")],
    ["GET", "http://h/@evil.com:80/", absolute("http", "h", 80, "/@evil.com:80/")],
    ["GET", "http://[::1]:8080/", {
      form: "absolute",
      scheme: "http",
      authority: ipv6,
      pathAndQuery: "/",
    }],
    // Methods are case-sensitive: these are extension methods, not CONNECT and OPTIONS.
    ["connect", "/", { form: "origin", pathAndQuery: "/" }],
    ["options", "http://h", absolute("http", "h", 80, "/")],
  ];
  for (const [method, target, expected] of table) {
    assert.deepEqual(parseRequestTarget(method, target), expected, `${method} ${target}`);
  }
});

Deno.test("parseRequestTarget() refuses what is no target of that method", () => {
  const form = /it is neither a path nor an absolute http or https URI$/;
  const space = /white space and control characters are not allowed$/;
  const table: [string, string, RegExp][] = [
    ["GET", "", /it is empty$/],
    ["GET", "*", /"\*" is for OPTIONS only$/],
    ["options", "*", /"\*" is for OPTIONS only$/],
    ["OPTIONS", "**", form],
    ["OPTIONS", "*/", form],
    ["GET", "h:443", form],
    ["connect", "h:443", form],
    ["GET", "path", form],
    ["GET", "?q", form],
    ["GET", "\\path", form],
    ["GET", "://h/", form],
    ["GET", "ftp://h/", form],
    ["GET", "ws://h/", form],
    ["GET", "httpx://h/", form],
    ["GET", "xhttp://h/", form],
    ["GET", "http", form],
    ["GET", "http:", /the scheme lacks its "\/\/"$/],
    ["GET", "http:/h/", /the scheme lacks its "\/\/"$/],
    ["GET", "http:h", /the scheme lacks its "\/\/"$/],
    ["GET", "http:\\\\h/", /the scheme lacks its "\/\/"$/],
    ["GET", "http://", /the host is empty$/],
    ["GET", "http:///a", /the host is empty$/],
    ["GET", "http://:80/", /the host is empty$/],
    ["GET", "http://?q", /the host is empty$/],
    ["GET", "http://h:/", /the port is not a decimal number/],
    ["GET", "http://h:0/", /the port is not a decimal number/],
    ["GET", "http://u@h/", /userinfo is not allowed$/],
    ["GET", "http://u:p@h/", /userinfo is not allowed$/],
    ["GET", "http://good.com\\@evil.com/", /userinfo is not allowed$/],
    ["GET", "http://good.com\\.evil.com/", /is not allowed in a host$/],
    ["GET", "http://127.1/", /ends in a number/],
    ["GET", "http://h%2f/", /percent-encoding is not allowed$/],
    ["GET", "/a b", space],
    ["GET", " /", space],
    ["GET", "/\t", space],
    ["GET", "/\r\nX: y", space],
    ["GET", "/\n", space],
    ["GET", "/\0", space],
    ["GET", "/\x1f", space],
    ["GET", "/\x7f", space],
    ["GET", "http://h/\x7f", space],
    ["GET", "/#", /a fragment is not allowed$/],
    ["GET", "/a#b", /a fragment is not allowed$/],
    ["GET", "http://h#b", /a fragment is not allowed$/],
    ["GET", "/\u0100", /a character that is no octet$/],
    ["GET", "/\u010a", /a character that is no octet$/],
    ["CONNECT", "", /the host is empty$/],
    ["CONNECT", "h", /a port is required$/],
    ["CONNECT", "/", /is not allowed in a host$/],
    ["CONNECT", "*", /is not allowed in a host$/],
    ["CONNECT", "http://h/", /the port is not a decimal number/],
    ["CONNECT", "h:443/", /the port is not a decimal number/],
    ["CONNECT", "u@h:443", /userinfo is not allowed$/],
    ["CONNECT", "h:443 ", /the port is not a decimal number/],
  ];
  for (const [method, target, message] of table) {
    assert.throws(() => parseRequestTarget(method, target), (error) => {
      assert.ok(error instanceof WireError, `${error}`);
      assert.match(error.message, message, `${method} ${target}`);
      return true;
    });
  }
});

Deno.test("parseRequestTarget() repeats neither a query nor a password in its error", () => {
  for (
    const target of ["/a?t=hunter2#f", "http://u:hunter2@h/", "http://u:hunter2@h/#f", "x?hunter2"]
  ) {
    assert.throws(() => parseRequestTarget("GET", target), (error) => {
      assert.ok(error instanceof WireError);
      assert.ok(!error.message.includes("hunter2"), error.message);
      return true;
    });
  }
});

Deno.test("parseRequestTarget() throws nothing but WireError, and keeps path and query verbatim", () => {
  const method = fc.constantFrom("GET", "OPTIONS", "CONNECT", "");
  const octets = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const prefix = fc.constantFrom("", "/", "http://", "http://h/", "HTTPS://[::1]:1?", "*", "h:443");
  fc.assert(
    fc.property(method, prefix, fc.oneof(octets, fc.webUrl()), (method, prefix, rest) => {
      const target = prefix + rest;
      let parsed: RequestTarget;
      try {
        parsed = parseRequestTarget(method, target);
      } catch (error) {
        assert.ok(error instanceof WireError, `${target}: ${error}`);
        return;
      }
      assert.equal(parsed.form === "authority", method === "CONNECT");
      if (parsed.form === "authority") return;
      assert.match(parsed.pathAndQuery, /^[!"$-~\x80-\xff]+$/);
      assert.equal(parsed.form === "origin", target.startsWith("/"));
      if (parsed.form === "origin") assert.equal(parsed.pathAndQuery, target);
      if (parsed.form === "absolute" && parsed.pathAndQuery.length > 1) {
        assert.ok(target.endsWith(parsed.pathAndQuery.replace(/^\/\?/, "?")), target);
      }
    }),
    { numRuns: 5000 },
  );
});
