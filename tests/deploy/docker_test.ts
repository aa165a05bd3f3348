/**
 * The contract: in deploy/docker the agent has the proxy's network alone and of its files the public
 * ones alone; the proxy is confined and has time to drain.
 */

import assert from "node:assert/strict";
import { settingNames, settingTable, variableOf } from "../../src/config/setting_table.ts";
import { configOf, documentsIn, textOf } from "./deploy_files.ts";

const [compose] = documentsIn(await textOf("deploy/docker/docker-compose.yaml"));
const { proxy, agent } = compose.services;
const dockerfile = await textOf("deploy/docker/Dockerfile");

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

Deno.test("the agent's only network is one without a way out, on which the proxy is too", () => {
  assert.deepEqual(agent.networks, ["sandbox"]);
  assert.equal(compose.networks.sandbox.internal, true);
  assert.deepEqual(proxy.networks, ["sandbox", "outside"]);
  for (const key of ["network_mode", "privileged", "pid", "ipc", "ports", "extra_hosts"]) {
    assert.ok(!(key in agent), key);
  }
  assert.ok(!("ports" in proxy), "nobody outside uses the proxy");
});

Deno.test("the agent sees the public half of the proxy's files, and cannot change it", () => {
  const state = proxy.volumes.find(({ target }: Mount) => target === "/var/lib/auth-proxy");
  const shared = agent.volumes.filter(({ source }: Mount) => source !== "./work");
  assert.deepEqual(shared.map(({ source }: Mount) => source), [`${state.source}/public`]);
  assert.equal(shared[0].read_only, true);
  assert.ok(!("environment" in agent), "what it is given is in agent.env");
});

Deno.test("the proxy's arguments are good, its listener demands a token, its admin API is its own", () => {
  const config = configOf(proxy.command);
  assert.equal(config.listen.hostname, "0.0.0.0");
  assert.equal(config.allowUnauthenticated, false);
  assert.equal(config.admin.hostname, "127.0.0.1");
  assert.ok(parseInt(proxy.stop_grace_period) * 1000 > config.drainDelay + config.drainTimeout);
  assert.equal(proxy.read_only, true);
  for (const service of [proxy, agent]) {
    assert.deepEqual(service.cap_drop, ["ALL"]);
    assert.deepEqual(service.security_opt, ["no-new-privileges:true"]);
  }
});

Deno.test("the image runs as nobody in particular, on glibc, and sets only settings that exist", () => {
  assert.match(dockerfile, /^USER 65532:65532$/m);
  assert.ok(!/alpine|musl/.test(dockerfile.replace(/^#.*$/gm, "")));
  const known = settingNames.map((name) => variableOf(settingTable[name]));
  const used = dockerfile.match(/\bAUTH_PROXY_[A-Z_]+/g) ?? [];
  assert.ok(used.length > 0);
  for (const variable of used) assert.ok(known.includes(variable), variable);
});

Deno.test("the image is built with the Deno of scripts/deno", async () => {
  const [, pinned] = /^version=(.*)$/m.exec(await textOf("scripts/deno")) ?? [];
  assert.match(dockerfile, new RegExp(`^FROM .*denoland/deno:debian-${pinned} AS build$`, "m"));
});
