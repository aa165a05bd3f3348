/** The contract: what a configuration file says of redaction and placeholders holds. */

import assert from "node:assert/strict";
import { runEnvironment } from "../support/client_variables.ts";
import { waitForAudit } from "../support/audit_lines.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { byPath } from "../support/upstream_scripts.ts";

const secret = "ghp_real_0123456789";
const github = "api.github.com:443";
const sentry = "sentry.io:443";

async function get(proxy: ProxyProcess, target: string, fields = "") {
  const [host = ""] = target.split(":");
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target, ca });
  return await client.get("/", `Host: ${host}\r\n${fields}`);
}

async function labWith(config: string): Promise<{ lab: Lab; proxy: ProxyProcess }> {
  const lab = await Lab.create();
  await lab.upstream(
    [github, sentry],
    byPath({
      "/": (exchange) => {
        const range = exchange.request.values("range").join();
        const body = `${exchange.request.values("authorization").join()} range=${range}`;
        return exchange.respond({ status: range === "" ? 200 : 206, body });
      },
    }),
  );
  const file = await lab.dir.write("auth-proxy.yaml", config);
  const secrets = { GITHUB_TOKEN: secret, SENTRY_AUTH_TOKEN: secret };
  return { lab, proxy: await lab.proxy({ secrets, args: ["--config", file] }) };
}

Deno.test("redaction.off: the responses of that host pass as they are, and no others", async () => {
  const { lab, proxy } = await labWith("redaction: { off: [api.github.com] }");
  await using _ = lab;
  assert.match((await get(proxy, github)).body, new RegExp(secret));
  const searched = (await get(proxy, sentry)).body;
  assert.ok(!searched.includes(secret), searched);
});

Deno.test("redaction.allow_range: Range passes to that host alone, whose responses are searched", async () => {
  const { lab, proxy } = await labWith("redaction: { allow_range: [sentry.io] }");
  await using _ = lab;
  const part = await get(proxy, sentry, "Range: bytes=0-9\r\n");
  assert.equal(part.status, 206);
  assert.equal(part.body, `Bearer ${"*".repeat(secret.length)} range=bytes=0-9`);
  const whole = await get(proxy, github, "Range: bytes=0-9\r\n");
  assert.equal(whole.status, 200);
  assert.match(whole.body, / range=$/);
});

Deno.test("canaries.action: refuse: a request with a placeholder of another host is not forwarded", async () => {
  const { lab, proxy } = await labWith("canaries: { action: refuse }");
  await using _ = lab;
  const { GITHUB_TOKEN: placeholder } = await runEnvironment(proxy, ["GITHUB_TOKEN"]);
  const refused = await get(proxy, sentry, `Authorization: Bearer ${placeholder}\r\n`);
  assertRefused(refused, { status: 403, error: "http_request_denied" });
  assert.match(refused.body, /canary_refused/);
  const [line] = await waitForAudit(proxy, { kind: "exchange", count: 1 });
  assert.equal(line?.decision, "deny");
  assert.deepEqual(line?.canary, ["GITHUB_TOKEN"]);
  assert.equal((await get(proxy, github, `Authorization: Bearer ${placeholder}\r\n`)).status, 200);
});
