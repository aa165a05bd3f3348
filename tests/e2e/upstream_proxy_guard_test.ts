/**
 * The contract: that another proxy resolves names opens nothing that is closed without it: what can be
 * told from the name is refused before that proxy is asked, our own listeners are never reached, and
 * what is reached directly is vetted as ever.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { behindProxy, hiddenUpstream } from "../support/behind_proxy.ts";
import { Lab } from "../support/lab.ts";
import { type ClientResponse, RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_realCredentialOfTheHost0123456789" };
const config = `egress: { deny: [{ host: gist.github.com }, { host: 203.0.113.0/24 }] }\n`;

/** What is said to a tunnel that is refused at once. */
async function refusalOf(proxy: ProxyProcess, target: string): Promise<ClientResponse> {
  using client = await RawClient.connect(proxy.url);
  await client.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  return await client.receive({ method: "GET" });
}

/** What is said to a request in clear. */
async function askInClear(proxy: ProxyProcess, authority: string): Promise<ClientResponse> {
  using client = await RawClient.connect(proxy.url);
  return await client.get(`http://${authority}/`, `Host: ${authority}\r\n`);
}

Deno.test("behind another proxy the guard holds", async (t) => {
  await using lab = await Lab.create();
  const file = await lab.dir.write("c.yaml", config);
  await using upstream = await hiddenUpstream(lab, {
    authority: "api.github.com:443",
    handler: json({}),
  });
  await using w = await behindProxy(lab, {
    secrets,
    hop: { to: upstream.address },
    args: ["--config", file, "--upstream-no-proxy", "direct.example,127.0.0.0/8"],
  });
  const { proxy, hop } = w;
  const admin = new URL(proxy.adminUrl).port;
  const refused: Readonly<Record<string, RegExp>> = {
    "10.1.2.3:5432": /10\.1\.2\.3 is a private address/,
    "169.254.169.254:80": /metadata address/,
    "127.0.0.1:22": /loopback address/,
    "[::ffff:10.0.0.1]:5432": /private address/,
    "intranet:443": /means something in the network of the proxy http:/,
    "metadata.google.internal:443": /means something in the network/,
    "printer.local:631": /means something in the network/,
    [`me.evil.example:${proxy.port}`]: /this proxy listens on port/,
    [`me.evil.example:${admin}`]: /this proxy listens on port/,
    [`127.0.0.1:${admin}`]: /is a listener of this proxy/,
    [hop.address]: /loopback address|is the proxy http/,
    "gist.github.com:443": /egress\.deny\[0\]/,
    "203.0.113.7:443": /egress\.deny\[1\]/,
  };
  for (const [target, why] of Object.entries(refused)) {
    await t.step(`${target} is refused, in a tunnel and in clear`, async () => {
      const answers = [await refusalOf(proxy, target), await askInClear(proxy, target)];
      for (const answer of answers) {
        assertRefused(answer, { status: 403 });
        assert.match(answer.body, why);
      }
      assert.deepEqual(hop.heads, []);
    });
  }
  await t.step("localhost is not the other proxy's, and refused as ever", async () => {
    for (const name of ["localhost:22", "x.localhost:22"]) {
      const { status } = await refusalOf(proxy, name);
      assert.ok(status === 403 || status === 502, `${name}: ${status}`);
    }
    assert.deepEqual(hop.heads, []);
  });
  await t.step("what is to be reached directly is resolved here", async () => {
    const answer = await refusalOf(proxy, "direct.example:443");
    assertRefused(answer, { status: 502, error: "dns_error" });
    assert.deepEqual(hop.heads, []);
  });
  await t.step(
    "an address that is none of these goes to the other proxy as it stands",
    async () => {
      using client = await RawClient.connect(proxy.url);
      assert.equal((await client.openTunnel("192.88.98.7:443")).status, 200);
      // Its client could still name a host in SNI, so it is dialled beside that.
      await client.send("hello, no TLS\r\n\r\n");
      assert.ok(await client.reader.readSome(), "the service has answered");
      assert.deepEqual(hop.targets, ["192.88.98.7:443"]);
    },
  );
});

Deno.test("the proxy in between is nobody's destination, by whatever way", async () => {
  await using lab = await Lab.create();
  await using w = await behindProxy(lab, {
    unnamed: true,
    hop: { to: "127.0.0.1:1" },
    args: ["--upstream-proxy", "http://proxy.corp.example:3128", "--upstream-no-proxy", ".example"],
  });
  const answer = await refusalOf(w.proxy, "proxy.corp.example:3128");
  assertRefused(answer, { status: 403, error: "destination_ip_prohibited" });
  assert.match(answer.body, /is the proxy http:\/\/proxy\.corp\.example:3128, which only this/);
});
