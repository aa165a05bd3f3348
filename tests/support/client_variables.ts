/**
 * What `auth-proxy env` gives the clients of a proxy that runs.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ProxyProcess, runProxyToExit } from "./proxy_process.ts";

/** The placeholders for these variables, as the command prints them for this proxy's CA folder. */
export async function runEnvironment<Name extends string>(
  proxy: ProxyProcess,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const args = ["env", "--format", "json", "--ca-dir", proxy.dir.join("ca")];
  const env = Object.fromEntries(names.map((name) => [name, "0123456789abcdef"]));
  const { code, stdout, stderr } = await runProxyToExit(args, { dir: proxy.dir, env });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/**
 * All that a client of this proxy is given.
 *
 * @param startArgs What the proxy was started with beside its listener: placeholders need the rules.
 */
export async function clientVariables(
  proxy: ProxyProcess,
  startArgs: readonly string[] = [],
): Promise<Record<string, string>> {
  const args = ["env", "--format", "json", "--ca-dir", proxy.dir.join("ca"), ...startArgs];
  const { code, stdout, stderr } = await runProxyToExit([...args, "--proxy-url", proxy.url], {
    dir: proxy.dir,
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
