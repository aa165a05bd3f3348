/**
 * The contract: two proxies with one CA behind a load balancer that knows no HTTP are restarted one
 * after the other, under load, and no client notices: no request fails, none is sent twice, whether
 * connections are new or kept and whether they speak HTTP/1.1 or HTTP/2.
 */

import assert from "node:assert/strict";
import { HaProxy, type Replica } from "../support/haproxy.ts";
import { Lab } from "../support/lab.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { sharedCa } from "../support/shared_ca.ts";
import { SteadyLoad } from "../support/steady_load.ts";
import { testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_real_0123456789" };
const target = "api.github.com:443";

function addressOf(proxy: ProxyProcess): Replica {
  return { proxy: new URL(proxy.url).host, admin: new URL(proxy.adminUrl).host };
}

testWith("a rolling restart of two replicas behind HAProxy fails no request", {
  needs: [tool("haproxy")],
  async fn() {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([target], async (exchange) => {
      await exchange.discardBody();
      if (exchange.request.path === "/slow") await new Promise((done) => setTimeout(done, 400));
      await exchange.respond();
    });
    const { pem, args } = await sharedCa(lab.dir);
    const common = [...args, "--drain-delay", "2", "--drain-timeout", "20", "--audit-file", "none"];
    const start = (at?: Replica) =>
      lab.proxy({
        secrets,
        ...(at === undefined ? {} : { listen: at.proxy }),
        args: at === undefined ? common : [...common, "--admin", at.admin],
      });
    let [one, two] = await Promise.all([start(), start()]);
    await using haproxy = await HaProxy.start({ one: addressOf(one), two: addressOf(two) });
    const load = new SteadyLoad(haproxy.url, {
      target,
      ca: pem,
      clients: { kept: 4, new: 2, slow: 2, http2: 2 },
    });
    const { tally } = load;
    const sum = () => Object.values(tally.served).reduce((all, each) => all + each, 0);

    async function restart(name: string, proxy: ProxyProcess): Promise<ProxyProcess> {
      const served = sum();
      await waitUntil(() => sum() > served + 50, { what: "there is load" });
      await proxy.stop();
      const next = await start(addressOf(proxy));
      await waitUntil(() => haproxy.isUp(name), { what: `HAProxy knows that ${name} is back` });
      return next;
    }

    one = await restart("one", one);
    two = await restart("two", two);
    const after = upstream.requests.length;
    await waitUntil(() => upstream.requests.length > after + 50, { what: "both serve again" });
    await load.stop();
    assert.deepEqual(tally.failures, []);
    for (const [kind, count] of Object.entries(tally.served)) assert.ok(count > 0, kind);
    // Every request left the proxy once.
    assert.equal(upstream.requests.length, sum(), JSON.stringify(tally));
    for (const request of upstream.requests) {
      assert.deepEqual(request.values("authorization"), [`Bearer ${secrets.GITHUB_TOKEN}`]);
    }
    await one.stop();
    await two.stop();
  },
});
