/**
 * The contract: nobody gets a credential of its own through the proxy, nor the proxy's secrets or powers
 * from the admin listener and the files beside it.
 */

import assert from "node:assert/strict";
import { adminCases, adminGain, askAdmin } from "./admin_cases.ts";
import type { AttackCase } from "./attack_case.ts";
import { attackFamily } from "./attack_family.ts";
import type { AttackWorld } from "./attack_world.ts";
import { mintCases } from "./mint_cases.ts";
import { evidence } from "./probe.ts";
import { startSteerWorld } from "./steer_world.ts";

/** What lies beside the proxy, for whoever else has an account on this machine. */
const fileCases: readonly AttackCase[] = [
  {
    wants: "to read a private file as another user",
    attempt: async (world) => ({
      ...evidence(),
      gained: await readableByOthers(`${world.proxy.caDir}/private`),
    }),
  },
  {
    wants: "a key in the folder that containers mount",
    attempt: async ({ proxy }) => {
      const texts = await readAll(`${proxy.caDir}/public`);
      return {
        ...evidence(...texts.values()),
        gained: [...texts].filter(([, text]) => /PRIVATE KEY/.test(text)).map(([name]) => name),
      };
    },
  },
  {
    wants: "a secret in the private files, which hold the proxy's own keys alone",
    attempt: async ({ proxy }) => evidence(...(await readAll(`${proxy.caDir}/private`)).values()),
  },
];

attackFamily("mint a credential, and learn secrets from the admin listener and from files", {
  start: startSteerWorld,
  cases: [...mintCases, ...adminCases, ...fileCases],
  normal: "api.github.com:443",
});

Deno.test("control: an endpoint that is allowed mints, and each kind of success is seen", async () => {
  await using world = await startSteerWorld({ args: ["--allow-endpoint", "github-deploy-key"] });
  const [mint] = mintCases;
  const { gained = [] } = await mint?.attempt(world) ?? {};
  assert.equal(gained.length, 1, "a key that may be made is made");
  const token = await adminToken(world);
  const fields = `Host: HOST\r\nAuthorization: Bearer ${token}\r\n`;
  for (const line of ["GET /admin/agents", "GET /admin/audit", "POST /admin/agents/ci/revoke"]) {
    assert.equal(adminGain(await askAdmin(world, { line, fields })).length, 1, line);
  }
  await Deno.chmod(`${world.proxy.caDir}/private/admin-token`, 0o644);
  assert.equal((await readableByOthers(`${world.proxy.caDir}/private`)).length, 1);
});

async function adminToken({ proxy }: AttackWorld): Promise<string> {
  return (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
}

async function readAll(folder: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) texts.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  return texts;
}

/** The folder, and what is in it, as far as a bit of its mode lets others in. */
async function readableByOthers(folder: string): Promise<string[]> {
  const paths = [folder];
  for await (const { name } of Deno.readDir(folder)) paths.push(`${folder}/${name}`);
  const open: string[] = [];
  for (const path of paths) {
    if (((await Deno.stat(path)).mode ?? 0) & 0o077) open.push(path);
  }
  return open;
}
