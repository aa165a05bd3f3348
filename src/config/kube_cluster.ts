import type { HostPattern } from "../policy/host_pattern.ts";
import { type ProxyHop, proxyHop } from "../policy/proxy_hop.ts";
import { parseProxyUrl } from "../policy/proxy_url.ts";
import { parsePathPattern } from "../policy/path_pattern.ts";
import type { ClusterAccess } from "../services/cluster_access.ts";
import { parseSecretValue } from "../secrets/secret.ts";
import { parseAuthority, parseHost } from "../wire/authority.ts";
import { WireError } from "../wire/wire_error.ts";
import type { MapReader } from "./map_reader.ts";
import { readAnchorsAt } from "./referenced_files.ts";

/** What a cluster of a kubeconfig says about how it is reached. */
export type ClusterPlace =
  & Pick<ClusterAccess, "path" | "trustAnchors" | "trustAnchorsSource" | "serverName" | "hop">
  & { readonly host: HostPattern; readonly server: string };

/**
 * Reads one cluster (client-go, tools/clientcmd/api/v1, type Cluster).
 *
 * @param cluster What stands under `cluster:`.
 * @param options `folder` is the one that relative paths start from.
 * @returns `undefined` if it cannot be used: the problems say why.
 */
export function readKubeCluster(
  cluster: MapReader,
  { folder, title }: { folder: string; title: string },
): ClusterPlace | undefined {
  let usable = true;
  for (const [key, why] of refused) {
    if (!cluster.says(key)) continue;
    cluster.problem(`Cannot use ${key} of ${title}: ${why}`, key);
    usable = false;
  }
  const place = readServer(cluster, title);
  const anchors = readAnchorsAt(cluster, {
    data: "certificate-authority-data",
    file: "certificate-authority",
    folder,
  });
  const serverName = readServerName(cluster, title);
  const hop = readProxyHop(cluster, title);
  if (!usable || place === undefined || anchors === null || serverName === null) return undefined;
  if (hop === null) return undefined;
  return {
    ...place,
    ...(anchors === undefined
      ? {}
      : { trustAnchors: anchors.pem, trustAnchorsSource: anchors.source }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(hop === undefined ? {} : { hop }),
  };
}

const refused: readonly (readonly [key: string, why: string])[] = [
  [
    "insecure-skip-tls-verify",
    "whoever answers in the cluster's place would get its credential; give the cluster's CA as " +
    "certificate-authority",
  ],
];

function readServer(
  cluster: MapReader,
  title: string,
): Pick<ClusterPlace, "host" | "path" | "server"> | undefined {
  const server = cluster.text("server");
  if (server === undefined) {
    cluster.problem(`Cannot use ${title}: it has no server`);
    return undefined;
  }
  const [, scheme, text = "", prefix = ""] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?$/i.exec(server) ?? [];
  if (scheme?.toLowerCase() !== "https") {
    const why = scheme?.toLowerCase() === "http"
      ? "no credential is sent in clear; write https://"
      : "write https://HOST:PORT";
    cluster.problem(`Cannot use server of ${title}: ${why}`, "server");
    return undefined;
  }
  try {
    const { host, port } = parseAuthority(text, { defaultPort: 443 });
    const path = pathPattern(prefix);
    const shared = { host: { kind: "exact", host, port }, server } as const;
    return path === undefined ? shared : { ...shared, path };
  } catch (error) {
    if (!(error instanceof WireError || error instanceof TypeError)) throw error;
    cluster.problem(`Cannot use server of ${title}: ${error.message}`, "server");
    return undefined;
  }
}

/** Several clusters may stand behind one server, each below a path: Rancher, vcluster. */
function pathPattern(prefix: string): string | undefined {
  const path = prefix.replace(/\/+$/, "");
  if (path === "") return undefined;
  if (path.includes("*")) throw new TypeError('a path with "*" in it is not supported');
  const pattern = `${path}/**`;
  parsePathPattern(pattern);
  return pattern;
}

/** @returns `null` if it cannot be used: the problems say why, and quote nothing of it. */
function readProxyHop(cluster: MapReader, title: string): ProxyHop | undefined | null {
  const text = cluster.text("proxy-url");
  if (text === undefined) return undefined;
  const refuse = (why: string) => {
    cluster.problem(`Cannot use proxy-url of ${title}: ${why}`, "proxy-url");
    return null;
  };
  try {
    const { login, ...where } = parseProxyUrl(text);
    const source = `the proxy-url of ${title}`;
    if (login === undefined) return proxyHop({ ...where, source });
    const parsed = parseSecretValue(source, login.password);
    if ("refusal" in parsed) return refuse(`its password ${parsed.refusal}`);
    return proxyHop({ ...where, source }, { user: login.user, password: parsed.secret });
  } catch (error) {
    if (error instanceof WireError) return refuse(error.message);
    return refuse("its user or password cannot stand in Basic credentials");
  }
}

function readServerName(cluster: MapReader, title: string): string | undefined | null {
  const name = cluster.text("tls-server-name");
  if (name === undefined) return undefined;
  try {
    return parseHost(name).host;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    cluster.problem(`Cannot use tls-server-name of ${title}: ${error.message}`, "tls-server-name");
    return null;
  }
}
