import assert from "node:assert/strict";
import { readFlags } from "../../src/config/read_flags.ts";
import type { NamedHop } from "../../src/config/read_upstream_proxy.ts";
import type { Flags } from "../../src/config/setting_table.ts";
import { formatHop } from "../../src/policy/proxy_hop.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";

function read(flags: Flags, environment: Readonly<Record<string, string>> = {}) {
  const context = { defaultLimits, defaultCaDir: "/ca", environment };
  const { config, problems } = readFlags(flags, context);
  return { ...config.upstreamProxy, problems };
}

function named(hop: NamedHop | undefined): string | undefined {
  return hop && `${formatHop(hop)} ${hop.source}`;
}

Deno.test("without a word of it, services are reached directly", () => {
  const { https, http, bypass } = read({});
  assert.deepEqual([https, http, bypass], [undefined, undefined, []]);
});

Deno.test("the environment's proxies are by scheme, a lower-case name wins, a scheme may be missing", () => {
  const { https, http, bypass, ignored } = read({}, {
    HTTPS_PROXY: "http://upper.example:1",
    https_proxy: "lower.example:3128",
    HTTP_PROXY: " http://clear.example:2 ",
    http_proxy: "",
    NO_PROXY: ".upper.example",
    no_proxy: "a.example,10.0.0.0/8, 127.*",
  });
  assert.equal(named(https), "http://lower.example:3128 https_proxy");
  assert.equal(named(http), "http://clear.example:2 HTTP_PROXY");
  assert.equal(bypass.length, 2);
  assert.match(ignored.map(({ where, message }) => `${where} ${message}`).join(), /no_proxy .*127/);
});

Deno.test("a setting takes the place of all that the environment says", () => {
  const environment = { HTTPS_PROXY: "http://e.example:1", NO_PROXY: "a.example" };
  const { https, http, bypass } = read({ upstreamProxy: "https://s.example" }, environment);
  assert.equal(named(https), "https://s.example:443 --upstream-proxy");
  assert.equal(http, https);
  assert.deepEqual(bypass, []);
  const none = read({ upstreamProxy: "none" }, environment);
  assert.deepEqual([none.https, none.http], [undefined, undefined]);
  const same = read({ upstreamProxy: "environment" }, environment);
  assert.equal(named(same.https), "http://e.example:1 HTTPS_PROXY");
  assert.equal(same.bypass.length, 1);
});

Deno.test("exceptions of the settings take the place of NO_PROXY", () => {
  const environment = { HTTPS_PROXY: "http://e.example:1", NO_PROXY: "a.example" };
  const { https, bypass, only } = read({
    upstreamNoProxy: ["b.example,c.example", "d.example"],
    upstreamProxyHosts: [".github.com"],
  }, environment);
  assert.equal(named(https), "http://e.example:1 HTTPS_PROXY");
  assert.equal(bypass.length, 3);
  assert.equal(only?.length, 1);
});

Deno.test("a password is the name of a secret, but for the environment's own variables", () => {
  const flag = read({ upstreamProxy: "http://me:${CORP_PASSWORD}@p.example:1" });
  assert.deepEqual(flag.https?.login, { user: "me", password: "CORP_PASSWORD" });
  assert.deepEqual(flag.problems, []);
  const { https, problems } = read({}, { HTTPS_PROXY: "http://me:hunter2-hunter2@p.example:1" });
  assert.deepEqual(problems, []);
  assert.equal(https?.login?.user, "me");
  assert.doesNotMatch(Deno.inspect(https, { depth: 9 }) + JSON.stringify(https), /hunter2/);
});

const refused: readonly (readonly [flags: Flags, env: Record<string, string>, problem: RegExp])[] =
  [
    [{ upstreamProxy: "http://me:hunter2@p.example:1" }, {}, /^--upstream-proxy: .*as \$\{NAME\}/],
    [{}, { AUTH_PROXY_UPSTREAM_PROXY: "http://me:hunter2@p.example:1" }, /as \$\{NAME\}/],
    [{ upstreamProxy: "p.example:3128" }, {}, /write http:\/\/HOST:PORT/],
    [{ upstreamProxy: "" }, {}, /write http:\/\/HOST:PORT/],
    [{}, { https_proxy: "socks5://hunter2@p.example:1" }, /^https_proxy: .*SOCKS.*proxy none/],
    [{}, { HTTP_PROXY: "http://me:hunter2%0a@p.example:1" }, /its password has a line break/],
    [{ upstreamNoProxy: ["10.*"] }, {}, /^--upstream-no-proxy: Cannot read "10\.\*"/],
    [{ upstreamProxyHosts: ["https://a.example"] }, {}, /^--upstream-proxy-hosts: /],
  ];

for (const [flags, environment, problem] of refused) {
  Deno.test(`${JSON.stringify({ ...flags, ...environment })} is refused, and quoted by nobody`, () => {
    const { problems } = read(flags, environment);
    const texts = problems.map(({ where, message }) => `${where}: ${message}`);
    assert.equal(texts.length, 1, texts.join("\n"));
    assert.match(texts[0] ?? "", problem);
    assert.doesNotMatch(texts[0] ?? "", /hunter2/);
  });
}
