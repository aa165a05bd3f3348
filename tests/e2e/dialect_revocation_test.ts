/**
 * The contract: what an agent has open in any dialect ends when it is revoked, or when the address that
 * it is known by becomes another's. What others have open goes on.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runCommand } from "../support/agent_command.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { askSocks } from "../support/socks_client.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = { GITHUB_TOKEN: "ghp_realCredential0123456789abcdef" };
const host = "Host: api.github.com\r\n";
const password = "ci-token-0123456789-abcdefghij";
const digest = createHash("sha256").update(password).digest("hex");
const agents = `net: { addresses: [127.0.0.0/8] }, ci: { token_sha256: "${digest}" }`;

async function get(client: RawClient): Promise<number> {
  return (await client.get("/user", host)).status;
}

Deno.test("a SOCKS tunnel and a turned connection end with the agent, or with its address", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.github.com:443"], json({}));
  lab.plainUpstream(["other.example:8022"], json({}));
  const config = await lab.dir.write("auth-proxy.yaml", `agents: { ${agents} }\n`);
  const proxy = await lab.proxy({ secrets, args: ["--config", config] });
  const ca = await Deno.readTextFile(proxy.caFile);
  const destination = { host: "api.github.com", port: 443 };

  const blind = await askSocks(proxy.url, { host: "other.example", port: 8022 });
  assert.equal(blind.reply, 0);
  using _1 = blind.client;
  assert.equal((await blind.client.get("/", "Host: other.example\r\n")).status, 200);
  const socks = await askSocks(proxy.url, destination);
  using inSocks = await socks.client.startTls("api.github.com", ca);
  assert.equal(await get(inSocks), 200);
  using outer = await RawClient.connect(proxy.url);
  using turned = await outer.startTls("api.github.com", ca);
  assert.equal(await get(turned), 200);
  const proven = await askSocks(proxy.url, { ...destination, user: "ci", password });
  using inProven = await proven.client.startTls("api.github.com", ca);
  assert.equal(await get(inProven), 200);

  await Deno.writeTextFile(config, `agents: { ${agents}, new: { addresses: [127.0.0.1] } }\n`);
  for (const client of [blind.client, inSocks, turned]) await client.expectEnd();
  assert.equal(await get(inProven), 200);
  await runCommand(proxy, ["agent", "revoke", "ci"]);
  await inProven.expectEnd();
});
