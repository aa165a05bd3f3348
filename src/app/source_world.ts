import { caPaths } from "../ca/ca_paths.ts";
import { PrivateStateFolder } from "../ca/private_state_folder.ts";
import { readAnchors } from "../ca/read_anchors.ts";
import { readSystemRoots } from "../ca/system_roots.ts";
import type { Config } from "../config/config.ts";
import { routeConnectTo } from "../policy/connect_to.ts";
import { createHttpsClient } from "../secrets/https_client.ts";
import type { SourceWorld } from "../secrets/source_world.ts";
import { parseHost } from "../wire/authority.ts";

/** How long a place that gives out credentials may take to answer, in milliseconds. */
const TIMEOUT = 30_000;

/** What the sources of secrets reach the network and the disk by. */
export function sourceWorld(
  config: Config,
  environment: Readonly<Record<string, string>>,
): Pick<SourceWorld, "https" | "state"> {
  const { caDir, connectTo, upstreamCaFiles } = config;
  const { bundle, privateFolder } = caPaths(caDir);
  return {
    state: new PrivateStateFolder(privateFolder),
    https: createHttpsClient({
      timeout: TIMEOUT,
      connectTo: (host, port) =>
        routeConnectTo({ ...parseHost(host), port }, connectTo) ?? { host, port },
      defaultAnchors: async () => {
        const sslCertFile = environment["SSL_CERT_FILE"];
        const { certificates } = await readSystemRoots({ sslCertFile, except: bundle });
        return [...certificates, ...readAnchors(upstreamCaFiles, [])];
      },
    }),
  };
}
