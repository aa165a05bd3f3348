import { caPaths } from "../ca/ca_paths.ts";
import { readGivenPair } from "../ca/given_pair.ts";
import { readStoredPair } from "../ca/stored_pair.ts";
import { readGivenToken } from "../ca/token_file.ts";
import type { Config } from "../config/config.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { createHttpsClient, type HttpsAnswer } from "../secrets/https_client.ts";
import { StartError } from "../secrets/start_error.ts";
import { formatHost, parseHost } from "../wire/authority.ts";
import { urlWithToken } from "./url_with_token.ts";

/** How long a proxy on this machine may take to say what it is, in milliseconds. */
const TIMEOUT = 3000;

/** A proxy that runs already. */
export interface RunningProxy {
  /** With the agent's token, if there is one. */
  readonly url: string;
  /** Those of the rules that it has no credential for. */
  readonly lacks: readonly string[];
  /** What stands in the place of the credentials that it has, by their variables. */
  readonly placeholders: ReadonlyMap<string, string>;
}

/**
 * Looks for a proxy that runs at --listen with the same CA folder: it proves by TLS that it has the CA's
 * key.
 *
 * @param rules What it may have a credential for.
 * @returns `undefined` if there is none.
 * @throws {StartError} If there is one, and it demands a token that it is not told of here.
 */
export async function findRunningProxy(
  config: Config,
  rules: RuleSet,
): Promise<RunningProxy | undefined> {
  const { port } = config.listen;
  const address = reachable(config.listen.hostname);
  const host = formatHost(parseHost(address));
  if (port === 0) return undefined;
  const token = await agentToken(config);
  const answer = await ask({ address, port }, { config, token });
  if (answer === undefined) return undefined;
  if (answer.status === 407) throw new StartError([tokenProblem(host, port)]);
  const said = readDocument(answer.body);
  if (said === undefined) return undefined;
  const { available, placeholders } = said;
  const lacks = rules.rules.map(({ name }) => name).filter((name) => !available.has(name));
  const url = `http://${host}:${port}`;
  return { url: token === undefined ? url : urlWithToken(url, token), lacks, placeholders };
}

async function agentToken({ agentTokenFile, caDir }: Config): Promise<string | undefined> {
  if (agentTokenFile !== undefined) {
    return await readGivenToken("--agent-token-file", agentTokenFile);
  }
  // What a proxy on a network has generated.
  const generated = `${caPaths(caDir).privateFolder}/agent-token`;
  try {
    return (await Deno.readTextFile(generated)).trim();
  } catch {
    return undefined;
  }
}

/** Every proxy's certificate is for localhost, too. */
async function ask(
  { address, port }: { address: string; port: number },
  { config, token }: { config: Config; token: string | undefined },
): Promise<HttpsAnswer | undefined> {
  try {
    const anchors = await ownCertificate(config);
    if (anchors === undefined) return undefined;
    const client = createHttpsClient({
      defaultAnchors: () => Promise.resolve([anchors]),
      connectTo: () => ({ host: address, port }),
      timeout: TIMEOUT,
    });
    const headers: Record<string, string> = token === undefined
      ? {}
      : { "Authorization": `Basic ${btoa(`agent:${token}`)}` };
    const url = `https://localhost:${port}/.well-known/auth-proxy`;
    return await client({ method: "GET", url, headers, anchors });
  } catch {
    // Nothing listens there, or it is something else.
    return undefined;
  }
}

/**
 * Not what lies in the public folder: a container may have been able to write there, and is told our
 * token by whoever is believed.
 *
 * @returns PEM; `undefined` if there is no CA as yet.
 */
async function ownCertificate({ caDir, givenCa }: Config): Promise<string | undefined> {
  const pair = givenCa === undefined
    ? await readStoredPair(caPaths(caDir))
    : await readGivenPair(givenCa, Date.now());
  return pair?.certificatePem;
}

/** @returns `undefined` if that is no proxy of ours. */
function readDocument(
  body: string,
): { available: ReadonlySet<string>; placeholders: ReadonlyMap<string, string> } | undefined {
  try {
    const { name, services, placeholders } = JSON.parse(body);
    if (name !== "auth-proxy" || !Array.isArray(services)) return undefined;
    const available = services.filter(({ state }) => state === "available");
    return {
      available: new Set(available.map(({ rule }) => rule)),
      placeholders: new Map(Object.entries(placeholders ?? {})),
    };
  } catch {
    return undefined;
  }
}

/** How this machine reaches a listener on any of its addresses. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

function tokenProblem(host: string, port: number) {
  return {
    where: "--listen",
    message: `the proxy at ${host}:${port} demands an agent's token: give it with ` +
      "--agent-token-file, or run with --listen 127.0.0.1:0",
  };
}
