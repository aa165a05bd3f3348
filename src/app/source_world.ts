import { caPaths } from "../ca/ca_paths.ts";
import { PrivateStateFolder } from "../ca/private_state_folder.ts";
import { readAnchors } from "../ca/read_anchors.ts";
import { readSystemRoots } from "../ca/system_roots.ts";
import type { Config } from "../config/config.ts";
import { proxySecretNames } from "../config/read_upstream_proxy.ts";
import { routeConnectTo } from "../policy/connect_to.ts";
import { connectThroughForTls } from "../proxy/connect_through.ts";
import { transportOf } from "../proxy/node_tls.ts";
import { Resolver } from "../proxy/resolver.ts";
import { createHttpsClient, type OpenTunnel } from "../secrets/https_client.ts";
import type { Problem } from "../secrets/problem.ts";
import { RenewalError } from "../secrets/renewable.ts";
import type { Secret } from "../secrets/secret.ts";
import type { SecretInputs } from "../secrets/secret_inputs.ts";
import type { SourceWorld } from "../secrets/source_world.ts";
import { type Authority, parseHost } from "../wire/authority.ts";
import { openUpstreamProxies } from "./open_upstream_proxies.ts";

/** How long a place that gives out credentials may take to answer, in milliseconds. */
const TIMEOUT = 30_000;

interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: SecretInputs;
}

/** What the sources of secrets reach the network and the disk by. */
export function sourceWorld(
  config: Config,
  { environment, inputs }: Surroundings,
): Pick<SourceWorld, "https" | "state"> {
  const { caDir, connectTo, upstreamCaFiles } = config;
  const { bundle, privateFolder } = caPaths(caDir);
  const defaultAnchors = async () => {
    const sslCertFile = environment["SSL_CERT_FILE"];
    const { certificates } = await readSystemRoots({ sslCertFile, except: bundle });
    return [...certificates, ...readAnchors(upstreamCaFiles, [])];
  };
  return {
    state: new PrivateStateFolder(privateFolder),
    https: createHttpsClient({
      timeout: TIMEOUT,
      connectTo: (host, port) =>
        routeConnectTo({ ...parseHost(host), port }, connectTo) ?? { host, port },
      openTunnel: tunnelsOf(config, { inputs, defaultAnchors }),
      defaultAnchors,
    }),
  };
}

/** Opens a tunnel where the configuration wants another proxy in between. */
function tunnelsOf(
  config: Config,
  { inputs, defaultAnchors }: {
    inputs: SecretInputs;
    defaultAnchors: () => Promise<readonly string[]>;
  },
): OpenTunnel {
  const names = proxySecretNames(config.upstreamProxy);
  return async ({ host, port }, signal) => {
    // Each time: another password may be in force since.
    const secrets = new Map<string, Secret>();
    for (const name of names) secrets.set(name, await inputs.get(name));
    const problems: Problem[] = [];
    const proxies = openUpstreamProxies(config, {
      secretOf: (name) => secrets.get(name) ?? `${name} is not set`,
      problems,
    });
    const [problem] = problems;
    if (problem !== undefined) throw new RenewalError(`${problem.where}: ${problem.message}`);
    const target: Authority = { ...parseHost(host), port };
    const hop = proxies.hopFor({ scheme: "https", authority: target });
    if (hop === undefined) return undefined;
    const { authority } = hop;
    const stream = await connectThroughForTls({
      hop,
      target,
      addresses: authority.kind === "name"
        ? await new Resolver().resolve(authority.host)
        : [authority.host],
      port: authority.port,
      anchors: hop.scheme === "https" ? (await defaultAnchors()).join("\n") : "",
      timeout: TIMEOUT,
      signal,
    });
    return transportOf(stream);
  };
}
