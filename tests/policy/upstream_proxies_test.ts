import assert from "node:assert/strict";
import { parseConnectTo } from "../../src/policy/connect_to.ts";
import { isLocalName } from "../../src/policy/local_names.ts";
import { parseProxyBypass } from "../../src/policy/proxy_bypass.ts";
import { formatHop, isSameHop, type ProxyHop, proxyHop } from "../../src/policy/proxy_hop.ts";
import { parseProxyUrl } from "../../src/policy/proxy_url.ts";
import { noUpstreamProxies, UpstreamProxies } from "../../src/policy/upstream_proxies.ts";
import { parseSecretValue } from "../../src/secrets/secret.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { parseAuthority, parseHost } from "../../src/wire/authority.ts";

function hop(url: string): ProxyHop {
  const { scheme, authority } = parseProxyUrl(url);
  return proxyHop({ scheme, authority, source: "test" });
}

const forTls = hop("http://tls.example:1");
const inClear = hop("http://clear.example:2");

function chosen(
  proxies: UpstreamProxies,
  authority: string,
  scheme: "http" | "https" = "https",
): ProxyHop | undefined {
  return proxies.hopFor({ scheme, authority: parseAuthority(authority) });
}

Deno.test("hopFor() chooses by scheme; what has none is reached directly", () => {
  const both = new UpstreamProxies({ https: forTls, http: inClear, bypass: [] });
  assert.equal(chosen(both, "a.example:443"), forTls);
  assert.equal(chosen(both, "a.example:80", "http"), inClear);
  const one = new UpstreamProxies({ https: forTls, bypass: [] });
  assert.equal(chosen(one, "a.example:80", "http"), undefined);
  assert.equal(chosen(noUpstreamProxies, "a.example:443"), undefined);
  assert.deepEqual(new UpstreamProxies({ https: forTls, http: forTls, bypass: [] }).hops, [forTls]);
});

Deno.test("hopFor() leaves out what is to be reached directly, and keeps to what is named", () => {
  const bypass = [".corp.example", "10.0.0.0/8", "b.example:8443"].map(parseProxyBypass);
  const only = [parseProxyBypass("example"), parseProxyBypass("10.0.0.0/8")];
  const proxies = new UpstreamProxies({ https: forTls, bypass, only });
  for (const each of ["a.example:443", "b.example:443", "corp.example:443"]) {
    assert.equal(chosen(proxies, each), forTls, each);
  }
  for (const each of ["a.corp.example:443", "10.1.2.3:443", "b.example:8443", "a.test:443"]) {
    assert.equal(chosen(proxies, each), undefined, each);
  }
});

Deno.test("hopFor() never sends this machine's own names and --connect-to's through a proxy", () => {
  const connectTo = [parseConnectTo("a.example:443:127.0.0.1:8443")];
  const proxies = new UpstreamProxies({ https: forTls, bypass: [] }, { connectTo });
  for (
    const each of ["a.example:443", "localhost:1", "x.localhost:1", "127.9.9.9:1", "[::1]:1"]
  ) {
    assert.equal(chosen(proxies, each), undefined, each);
  }
  assert.equal(chosen(proxies, "a.example:8443"), forTls);
});

Deno.test("proxyHop() renders Basic, and neither it nor its parts print the password", () => {
  const parsed = parseSecretValue("PW", "pass-of-the-hop");
  assert.ok("secret" in parsed);
  const where = parseProxyUrl("https://p.example:3128");
  const made = proxyHop({ ...where, source: "test" }, { user: "me", password: parsed.secret });
  const out = new OctetBuffer(0);
  made.login?.field.appendTo(out);
  const line = `Proxy-Authorization: Basic ${btoa("me:pass-of-the-hop")}\r\n`;
  assert.equal(new TextDecoder().decode(out.view()), line);
  assert.equal(formatHop(made), "https://p.example:3128");
  assert.doesNotMatch(Deno.inspect(made, { depth: 9 }) + JSON.stringify(made), /pass-of|bWU6/);
  assert.deepEqual(new UpstreamProxies({ https: made, bypass: [] }).credentials, [
    made.login?.credential,
  ]);
  assert.equal(isSameHop(made, made), true);
  const again = proxyHop({ ...where, source: "test" }, { user: "me", password: parsed.secret });
  assert.equal(isSameHop(made, again), false);
  for (const user of ["a:b", "ü", "a\r\nX: y"]) {
    const login = { user, password: parsed.secret };
    assert.throws(() => proxyHop({ ...where, source: "test" }, login), TypeError, user);
  }
});

Deno.test("isLocalName() knows names that mean something else in each network", () => {
  const local = [
    "localhost",
    "a.localhost",
    "intranet",
    "printer.local",
    "metadata.google.internal",
    "host.docker.internal",
    "localhost.localdomain",
    "nas.home.arpa",
  ];
  for (const name of local) assert.equal(isLocalName(parseHost(name)), true, name);
  for (const name of ["a.example", "internal.example", "local.example", "127.0.0.1", "::1"]) {
    assert.equal(isLocalName(parseHost(name)), false, name);
  }
});
