import assert from "node:assert/strict";
import { type Outcome, type ProxyProcess, runProxyToExit } from "./proxy_process.ts";

/** Runs `auth-proxy ARGS… --ca-dir …` beside a running proxy, on its CA folder. */
export async function tryCommand(
  proxy: ProxyProcess,
  args: readonly string[],
): Promise<Outcome> {
  return await runProxyToExit([...args, "--ca-dir", proxy.caDir], { dir: proxy.dir });
}

/** As {@linkcode tryCommand}; throws unless it exits 0. */
export async function runCommand(proxy: ProxyProcess, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(proxy, args);
  assert.equal(code, 0, `${args.join(" ")} exits ${code}:\n${stderr}`);
  return stdout;
}

/** Adds an agent, or gives it another token; gives the token. */
export async function addAgent(proxy: ProxyProcess, name: string): Promise<string> {
  const [token = ""] = (await runCommand(proxy, ["agent", "add", name])).split("\n");
  return token;
}

/** The `Proxy-Authorization` field line for a user and a token. */
export function basicField(user: string, token: string): string {
  return `Proxy-Authorization: Basic ${btoa(`${user}:${token}`)}\r\n`;
}

/** Where an agent's certificate and its key lie. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Has a client certificate issued. */
export async function issueCertificate(
  proxy: ProxyProcess,
  name: string,
): Promise<CertificateFiles> {
  const out = proxy.dir.join("certificates");
  const printed = await runCommand(proxy, ["client-cert", name, "--out", out]);
  const [cert = "", key = ""] = printed.split("\n");
  return { cert, key };
}
