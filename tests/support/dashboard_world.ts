/**
 * A proxy whose dashboard is looked at.
 *
 * @module
 */

import type { Page } from "playwright-core";
import { Lab } from "./lab.ts";
import { RawClient } from "./proxy_client.ts";
import type { ProxyProcess } from "./proxy_process.ts";
import { json } from "./upstream_scripts.ts";
import { waitUntil } from "./wait_until.ts";

const secrets = {
  GITHUB_TOKEN: "ghp_real_0123456789",
  SENTRY_AUTH_TOKEN: "sntry-real-0123456789",
};

/** A JWT that expires in five days and an hour. */
function expiringToken(): string {
  const exp = Math.floor(Date.now() / 1000) + 5 * 86_400 + 3600;
  return `e30.${btoa(JSON.stringify({ exp })).replaceAll("=", "")}.c2lnbmF0dXJl`;
}

/** A rule without its secret, one whose secret expires soon, and something that is refused. */
export const config = `
rules:
  - [missing.example, Authorization, NOWHERE]
  - [soon.example, Authorization, SOON]
egress:
  deny:
    - { host: api.github.com, path: "/admin/**" }
`;

/** A proxy with rules and refusals, and what it takes to use it. */
export interface World extends AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly configFile: string;
  readonly token: string;
  /** Asks GitHub, or another host, through the proxy. */
  get(path: string, host?: string): Promise<void>;
}

/** Starts it with these arguments, beside a configuration. */
export async function createWorld(args: readonly string[] = []): Promise<World> {
  const lab = await Lab.create();
  await lab.upstream(["api.github.com:443", "sentry.io:443"], json({}));
  const configFile = await lab.dir.write("c.yaml", config);
  const proxy = await lab.proxy({
    args: ["--config", configFile, ...args],
    secrets: { ...secrets, SOON: expiringToken() },
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  return {
    proxy,
    configFile,
    token: (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim(),
    get: async (path, host = "api.github.com") => {
      using client = await RawClient.tunnel(proxy.url, { target: `${host}:443`, ca });
      await client.get(path, `Host: ${host}\r\n`);
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

/** Goes to the dashboard and signs in; it is live afterwards. */
export async function signIn(page: Page, { proxy, token }: World): Promise<void> {
  await page.goto(proxy.adminUrl);
  await page.getByLabel("Admin token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByText("live", { exact: true }).waitFor();
}

/** The rows of requests. */
export const rows = "#records tr";

/** Waits until there are so many of them. */
export async function waitForRows(page: Page, count: number): Promise<void> {
  await waitUntil(async () => await page.locator(rows).count() === count, {
    what: `the dashboard shows ${count} requests`,
  });
}
