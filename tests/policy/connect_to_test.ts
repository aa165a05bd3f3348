import assert from "node:assert/strict";
import { parseConnectTo, routeConnectTo } from "../../src/policy/connect_to.ts";
import { parseAuthority } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

Deno.test("parseConnectTo() gives canonical hosts and ports; an empty part is absent", () => {
  const table: [string, ReturnType<typeof parseConnectTo>][] = [
    ["API.GitHub.com:443:127.0.0.1:8443", {
      from: { host: "api.github.com", port: 443 },
      to: { host: "127.0.0.1", port: 8443 },
    }],
    [":::", { from: {}, to: {} }],
    ["a.::b:", { from: { host: "a" }, to: { host: "b" } }],
    [":443::8443", { from: { port: 443 }, to: { port: 8443 } }],
    ["[2001:DB8:0::1]:1:[::1]:65535", {
      from: { host: "2001:db8::1", port: 1 },
      to: { host: "::1", port: 65535 },
    }],
  ];
  for (const [text, expected] of table) assert.deepEqual(parseConnectTo(text), expected, text);
});

Deno.test("parseConnectTo() refuses what does not have four well-formed parts", () => {
  for (
    const text of [
      "",
      "a",
      "a:1",
      "a:1:b",
      "a:1:b:2:",
      "a:1:b:2:3",
      "a:x:b:2",
      "a:1:b:-2",
      "a:1:b: 2",
      "a:0:b:2",
      "a:1:b:65536",
      "a:99999999999:b:2",
      "::1:443:b:2",
      "a:1:::1:2",
      "[::1:443:b:2",
      "[]:1:b:2",
      "[a]:1:b:2",
      "[::1]x:1:b:2",
      "user@a:1:b:2",
      "a b:1:c:2",
      "a:1:b/c:2",
      "127.1:1:b:2",
      "a:1:b:2\n",
      "a:1:b\n:2",
    ]
  ) assert.throws(() => parseConnectTo(text), WireError, JSON.stringify(text));
});

Deno.test("routeConnectTo() takes the first entry that fits and leaves absent parts unchanged", () => {
  const route = (authority: string, ...entries: string[]) => {
    const to = routeConnectTo(parseAuthority(authority), entries.map(parseConnectTo));
    return to && `${to.kind} ${to.host} ${to.port}`;
  };
  const table: [string, string[], string | undefined][] = [
    ["a:443", [], undefined],
    ["a:443", ["a:443:127.0.0.1:1"], "ipv4 127.0.0.1 1"],
    ["A.:443", ["a:443:127.0.0.1:1"], "ipv4 127.0.0.1 1"],
    ["a:444", ["a:443:127.0.0.1:1"], undefined],
    ["b:443", ["a:443:127.0.0.1:1"], undefined],
    ["sub.a:443", ["a:443:127.0.0.1:1"], undefined],
    ["ax:443", ["a:443:127.0.0.1:1"], undefined],
    ["a:443", ["a::b:"], "name b 443"],
    ["a:443", [":443::1"], "name a 1"],
    ["a:443", [":::"], "name a 443"],
    ["a:443", ["::[::1]:"], "ipv6 ::1 443"],
    ["[::1]:443", ["[0::1]:443::1"], "ipv6 ::1 1"],
    ["a:443", ["b::c:1", "a::c:2", "a::c:3"], "name c 2"],
    // An entry is applied once: its target is not looked up again.
    ["a:443", ["a::b:", "b::c:"], "name b 443"],
  ];
  for (const [authority, entries, expected] of table) {
    assert.equal(route(authority, ...entries), expected, `${authority} ${entries}`);
  }
});
