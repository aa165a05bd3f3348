/**
 * The contract: while the secret's file changes and the configuration is reloaded, again and again
 * under load, no request fails, and none is sent with a credential that was replaced more than a second
 * before.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { delay } from "../support/wait_until.ts";

const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";

const ROTATIONS = 50;
/** In milliseconds. */
const ROTATION_INTERVAL = 300;
const CLIENTS = 10;
const REQUESTS_PER_SECOND = 200;
/** How old a replaced credential may be, in milliseconds. */
const GRACE = 1000;

interface Sent {
  readonly generation: number;
  readonly at: number;
}

Deno.test("no request fails or is sent with an old credential while secrets and configuration change", async () => {
  await using lab = await Lab.create();
  const sent: Sent[] = [];
  await lab.upstream([authority], async (exchange) => {
    const [value = ""] = exchange.request.values("authorization");
    const generation = Number(/^Bearer ghp_generation_(\d+)$/.exec(value)?.[1]);
    sent.push({ generation, at: performance.now() });
    await exchange.respondJson({});
  });
  const secretOf = (generation: number) => `GITHUB_TOKEN=ghp_generation_${generation}\n`;
  const secrets = await lab.dir.write("s.env", secretOf(0), { mode: 0o600 });
  const config = await lab.dir.write("c.yaml", "canaries: { action: alarm }\n");
  const proxy = await lab.proxy({
    args: ["--env-file", secrets, "--config", config, "--audit-file", "none"],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  const adminToken = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
  const replacedAt: number[] = [];
  const failures: string[] = [];
  let requests = 0;
  let done = false;

  async function load(): Promise<void> {
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
    const pause = 1000 * CLIENTS / REQUESTS_PER_SECOND;
    for (let next = performance.now(); !done; next += pause) {
      await delay(Math.max(0, next - performance.now()));
      const { status, body } = await client.get("/", host);
      requests++;
      if (status !== 200) failures.push(`${status} ${body}`);
    }
  }

  /** Secrets by renaming and in place, in turn; the configuration by asking and by changing it. */
  async function rotate(): Promise<void> {
    for (let generation = 1; generation <= ROTATIONS; generation++) {
      if (generation % 2 === 0) await Deno.writeTextFile(secrets, secretOf(generation));
      else {
        await Deno.writeTextFile(`${secrets}.new`, secretOf(generation), { mode: 0o600 });
        await Deno.rename(`${secrets}.new`, secrets);
      }
      replacedAt[generation - 1] = performance.now();
      await Deno.writeTextFile(`${config}.new`, `canaries: { action: alarm } # ${generation}\n`);
      await Deno.rename(`${config}.new`, config);
      const response = await fetch(`${proxy.adminUrl}/admin/reload`, {
        method: "POST",
        headers: { Authorization: `Bearer ${adminToken}` },
      });
      if (response.status !== 200) failures.push(`reload: ${await response.text()}`);
      else await response.body?.cancel();
      await delay(ROTATION_INTERVAL);
    }
    // What was sent at last is seen as well.
    await delay(GRACE);
    done = true;
  }

  const started = performance.now();
  await Promise.all([rotate(), ...Array.from({ length: CLIENTS }, load)]);
  const seconds = (performance.now() - started) / 1000;
  const lags = sent.map(({ generation, at }) => at - (replacedAt[generation] ?? Infinity));
  const reloads = /config_reloads_total\{result="reloaded"\} (\d+)/.exec(
    await (await fetch(`${proxy.adminUrl}/metrics`)).text(),
  )?.[1];
  console.log(
    `${requests} requests in ${seconds.toFixed(1)} s (${(requests / seconds).toFixed(0)}/s), ` +
      `${reloads} reloads, oldest credential ${Math.max(...lags).toFixed(0)} ms after its end`,
  );
  assert.deepEqual(failures, []);
  assert.ok(Number(reloads) >= ROTATIONS);
  assert.equal(sent.length, requests);
  assert.deepEqual(sent.filter(({ generation }) => Number.isNaN(generation)), []);
  assert.deepEqual(lags.filter((lag) => lag > GRACE), []);
  assert.equal(sent.at(-1)?.generation, ROTATIONS);
});

Deno.test("no request is sent with an old credential where nobody asks for a reload", async () => {
  await using lab = await Lab.create();
  const sent: Sent[] = [];
  await lab.upstream([authority], async (exchange) => {
    const [value = ""] = exchange.request.values("authorization");
    sent.push({ generation: Number(value.split("_").at(-1)), at: performance.now() });
    await exchange.respondJson({});
  });
  const secrets = await lab.dir.write("s.env", "GITHUB_TOKEN=ghp_generation_0\n", { mode: 0o600 });
  const proxy = await lab.proxy({ args: ["--env-file", secrets, "--audit-file", "none"] });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: authority, ca });
  const replacedAt: number[] = [];
  for (let generation = 1; generation <= 8; generation++) {
    // In place, faster than a change is waited for to be whole.
    await Deno.writeTextFile(secrets, `GITHUB_TOKEN=ghp_generation_${generation}\n`);
    replacedAt[generation - 1] = performance.now();
    for (let request = 0; request < 10; request++) {
      assert.equal((await client.get("/", host)).status, 200);
      await delay(15);
    }
  }
  for (let request = 0; request < 60; request++) {
    await client.get("/", host);
    await delay(20);
  }
  const lags = sent.map(({ generation, at }) => at - (replacedAt[generation] ?? Infinity));
  console.log(`Oldest credential ${Math.max(...lags).toFixed(0)} ms after its end`);
  assert.deepEqual(lags.filter((lag) => lag > GRACE), []);
  assert.equal(sent.at(-1)?.generation, 8);
});
