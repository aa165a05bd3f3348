/**
 * The contract: the example file is one that runs. With its secrets in the places that it names, every
 * rule and service of it is active, but for the one that it switches off.
 */

import assert from "node:assert/strict";
import { ProxyProcess } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { waitUntil } from "../support/wait_until.ts";

const example = new URL("../../auth-proxy.example.yaml", import.meta.url).pathname;

interface Described {
  readonly name: string;
  readonly service?: string;
  readonly state: string;
}

Deno.test("the example file runs, with stand-ins for gh and 1Password's op", async () => {
  await using dir = await TempDir.create();
  const bin = await dir.makeDir("bin");
  for (const [name, value] of [["gh", "gho_of_gh_0123"], ["op", "of_one_password_0123"]]) {
    const script = `#!/bin/sh\nprintf '%s\\n' ${value}\n`;
    await Deno.writeTextFile(`${bin}/${name}`, script, { mode: 0o700 });
  }
  const home = await dir.makeDir("home");
  const folder = await dir.makeDir("home/.config/secrets");
  await Deno.writeTextFile(`${folder}/k8s_token`, "k8s_prod_0123\n", { mode: 0o600 });
  const staging = JSON.stringify({ data: { token: "k8s_staging_0123" } });
  await Deno.writeTextFile(`${folder}/staging.json`, staging, { mode: 0o600 });
  await using proxy = await ProxyProcess.start({
    args: ["--config", example, "--audit-file", "none"],
    env: {
      HOME: home,
      PATH: `${bin}:${Deno.env.get("PATH") ?? ""}`,
      ANTHROPIC_API_KEY: "claude_0123456",
      PAGERDUTY_TOKEN: "pagerduty_0123",
      SENTRY_AUTH_TOKEN: "sentry_0123456",
      TALOS_TOKEN: "talos_0123456",
      ORG_A_TOKEN: "org_a_0123456",
      MAPS_KEY: "maps_0123456",
      FILES_KEY: "files_0123456",
    },
  });
  const rules = async (): Promise<Described[]> =>
    (await (await fetch(`${proxy.adminUrl}/admin/rules`)).json()).rules;
  await waitUntil(async () => (await rules()).every(({ state }) => state !== "unavailable"), {
    what: `every rule has its secret:\n${JSON.stringify(await rules())}`,
  });
  const named = (state: string) => async () =>
    (await rules()).filter((rule) => rule.state === state).map(({ name }) => name);
  assert.deepEqual((await named("active")()).sort(), [
    "api.newservice.com",
    "claude",
    "downloads",
    "github",
    "github-git",
    "kubernetes-prod",
    "kubernetes-staging",
    "maps",
    "org-a",
    "pagerduty",
    "talos-home",
  ]);
  assert.ok((await named("inactive")()).includes("sentry"));
  assert.doesNotMatch(proxy.stderr, /0123/);
});
