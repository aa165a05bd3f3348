/**
 * The contract: a cluster with a proxy-url is reached through that proxy by CONNECT, verified as ever;
 * the proxy's password goes to it alone, and nothing that it says comes back.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { CertificateServer, fingerprintOf } from "../support/certificate_server.ts";
import { ConnectProxy } from "../support/connect_proxy.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { TestRoot } from "../support/test_pki.ts";

const target = "behind.k8s.corp:6443";
const password = "password-of-the-hop";

async function world(answer?: string) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const root = await TestRoot.create("cluster");
  const user = await root.issue({ names: ["admin"], usage: "clientAuth" });
  const api = stack.use(
    await CertificateServer.listen({
      certificate: await root.issue({ names: ["behind.k8s.corp"] }),
      clientCa: root.pem,
    }),
  );
  const hop = stack.use(
    new ConnectProxy({ to: api.address, ...(answer === undefined ? {} : { answer }) }),
  );
  const args = await kubeconfigArgs(lab.dir, [{
    name: "prod",
    cluster: {
      server: `https://${target}`,
      "certificate-authority-data": btoa(root.pem),
      "proxy-url": `http://me:${password}@${hop.address}`,
    },
    user: {
      "client-certificate-data": btoa(user.cert),
      "client-key-data": btoa(user.key),
    },
  }]);
  const proxy = await lab.proxy({ args });
  const ca = await Deno.readTextFile(proxy.caFile);
  async function ask() {
    using client = await RawClient.tunnel(proxy.url, { target, ca });
    return await client.get("/version", `Host: ${target}\r\n`);
  }
  const owned = stack.move();
  return { api, hop, user, proxy, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("a cluster behind a proxy is asked through it, and knows us by our certificate", async () => {
  await using w = await world();
  for (let request = 0; request < 3; request++) assert.equal((await w.ask()).status, 200);
  const basic = `Proxy-Authorization: Basic ${btoa(`me:${password}`)}`;
  const head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${basic}\r\n\r\n`;
  assert.deepEqual(w.hop.heads, [head], "one connection, which is kept");
  assert.deepEqual(
    w.api.requests.map(({ fingerprint, headers }) => [
      fingerprint,
      headers["proxy-authorization"],
    ]),
    Array(3).fill([fingerprintOf(w.user.cert), undefined]),
  );
  const rules = await (await fetch(`${w.proxy.adminUrl}/admin/rules`)).text();
  assert.ok(!(rules + w.proxy.stderr).includes(password));
});

for (
  const [what, answer] of [
    ["demands another password", `HTTP/1.1 407 No\r\nX-Echo: ${password}\r\nContent-Length: 0`],
    ["says more than its answer", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK"],
    ["does not speak HTTP", "SSH-2.0-hop"],
  ] as const
) {
  Deno.test(`a proxy in between that ${what} is a 502, and nothing of it comes back`, async () => {
    await using w = await world(answer);
    const refused = await w.ask();
    assertRefused(refused, { status: 502, error: "destination_unavailable" });
    assert.match(refused.body, /The proxy http:\/\/127\.0\.0\.1:\d+ opens no tunnel: /);
    assert.ok(!refused.body.includes(password) && !w.proxy.stderr.includes(password));
    assert.equal(w.api.requests.length, 0);
  });
}
