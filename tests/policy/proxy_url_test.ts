import assert from "node:assert/strict";
import { parseProxyUrl } from "../../src/policy/proxy_url.ts";
import { formatAuthority } from "../../src/wire/authority.ts";
import { WireError } from "../../src/wire/wire_error.ts";

const good: readonly (readonly [text: string, scheme: string, where: string, login?: string[]])[] =
  [
    ["http://proxy.example:3128", "http", "proxy.example:3128"],
    ["http://proxy.example:3128/", "http", "proxy.example:3128"],
    ["HTTP://Proxy.Example", "http", "proxy.example:80"],
    ["https://proxy.example", "https", "proxy.example:443"],
    ["http://[fd00::1]:3128", "http", "[fd00::1]:3128"],
    ["http://me:pass@proxy.example:3128", "http", "proxy.example:3128", ["me", "pass"]],
    ["http://me:p%40ss%3a%2F@10.0.0.1:1", "http", "10.0.0.1:1", ["me", "p@ss:/"]],
    ["http://me:a:b@p.example:1", "http", "p.example:1", ["me", "a:b"]],
    ["http://me:${NAME}@p.example:1", "http", "p.example:1", ["me", "${NAME}"]],
  ];

for (const [text, scheme, where, login] of good) {
  Deno.test(`parseProxyUrl() reads ${text}`, () => {
    const parsed = parseProxyUrl(text);
    assert.equal(parsed.scheme, scheme);
    assert.equal(formatAuthority(parsed.authority), where);
    assert.deepEqual(parsed.login && Object.values(parsed.login), login);
  });
}

for (
  const text of [
    "",
    "proxy.example:3128",
    "http://",
    "http:///",
    "http://proxy.example:3128/hunter2",
    "http://proxy.example?hunter2",
    "http://me:hunter2@",
    "http://me:hunter2@a@b.example",
    "http://me:hun/ter2@b.example:1",
    "http://hunter2@proxy.example",
    "http://me:hunter2%@proxy.example",
    "http://me:hunter2@proxy.example:0",
    "socks5://me:hunter2@proxy.example:1080",
    "ftp://me:hunter2@proxy.example",
    " http://me:hunter2@proxy.example",
  ]
) {
  Deno.test(`parseProxyUrl() refuses ${JSON.stringify(text)} and quotes no password`, () => {
    assert.throws(() => parseProxyUrl(text), (error: unknown) => {
      assert.ok(error instanceof WireError);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });
}

Deno.test("parseProxyUrl() says that SOCKS is not spoken", () => {
  assert.throws(() => parseProxyUrl("socks5h://p.example:1080"), /SOCKS is not spoken/);
});
