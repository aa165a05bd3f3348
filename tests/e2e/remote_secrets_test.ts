/**
 * The contract: what OAuth2, Vault and GitHub give out is on requests, and never in what comes back.
 */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { assertRefused } from "../support/assert_refused.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";

const hosts = ["oauth.example", "vault.example", "app.example"];

async function ask(proxy: ProxyProcess, host: string) {
  using client = await RawClient.tunnel(proxy.url, {
    target: `${host}:443`,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  return await client.get("/", `Host: ${host}\r\n`);
}

Deno.test("tokens of OAuth2, Vault and a GitHub App are put on requests, and masked where they come back", async () => {
  await using lab = await Lab.create();
  const service = await lab.upstream(hosts.map((host) => `${host}:443`), async (exchange) => {
    const [value = ""] = exchange.request.values("authorization");
    await exchange.respondJson({ echo: value });
  });
  await lab.upstream(["login.example:443"], async (exchange) => {
    const form = new URLSearchParams(await exchange.bodyText());
    assert.equal(form.get("refresh_token"), "the-seed");
    await exchange.respondJson({ access_token: "oauth-0123-access", expires_in: 3600 });
  });
  await lab.upstream(["v.example:443"], async (exchange) => {
    assert.deepEqual(exchange.request.values("x-vault-token"), ["vault-token-0123"]);
    await exchange.respondJson({ data: { token: "vault-0123-field" } });
  });
  await lab.upstream(["api.github.com:443"], async (exchange) => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    await exchange.respondJson({ token: "app-0123-token", expires_at }, 201);
  });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await lab.dir.write("key.pem", privateKey.export({ type: "pkcs1", format: "pem" }).toString());
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  o: { oauth2: { token_url: "https://login.example/token", client_id: me, refresh_token: SEED } }
  v: { vault: { url: "https://v.example", path: kv/app, field: token, auth: { token: VAULT } } }
  a: { github_app: { app_id: 1, installation_id: 2, private_key_file: ./key.pem } }
rules:
  - [oauth.example, Authorization, o]
  - [vault.example, Authorization, v]
  - [app.example, Authorization, a]
`,
  );
  const proxy = await lab.proxy({
    args: ["--config", config],
    secrets: { SEED: "the-seed", VAULT: "vault-token-0123" },
  });
  for (const host of hosts) {
    const { status, body } = await ask(proxy, host);
    assert.equal(status, 200, body);
    assert.doesNotMatch(body, /0123/);
  }
  assert.deepEqual(service.requests.map((request) => request.values("authorization")[0]), [
    "Bearer oauth-0123-access",
    "Bearer vault-0123-field",
    "Bearer app-0123-token",
  ]);
  assert.doesNotMatch(proxy.stderr, /0123|the-seed/);
});

Deno.test("a token endpoint with another certificate gets nothing, and its rule answers 502", async () => {
  await using lab = await Lab.create();
  const service = await lab.upstream(["oauth.example:443"], (exchange) => exchange.respondJson({}));
  const impostor = await lab.root.issue({ names: ["elsewhere.example"] });
  const login = await lab.upstream(["login.example:443"], (exchange) => exchange.respondJson({}), {
    certificate: impostor,
  });
  const config = await lab.dir.write(
    "c.yaml",
    `
secrets:
  o: { oauth2: { token_url: "https://login.example/token", client_id: me, client_secret: SEED } }
rules: [[oauth.example, Authorization, o]]
`,
  );
  const proxy = await lab.proxy({ args: ["--config", config], secrets: { SEED: "the-seed" } });
  const refused = await ask(proxy, "oauth.example");
  assertRefused(refused, { status: 502 });
  assert.match(refused.body, /login\.example shows a certificate that is not trusted for it/);
  assert.equal(service.requests.length + login.requests.length, 0);
});
