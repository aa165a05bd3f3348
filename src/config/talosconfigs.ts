/**
 * Talosconfigs, from their paths to what is in the contexts that the operator has named. Loaded only
 * when there is one: the parser takes time to load.
 *
 * @module
 */
import { dirname } from "node:path";
import type { HostPattern } from "../policy/host_pattern.ts";
import type { Problem } from "../secrets/problem.ts";
import type { ClusterAccess } from "../services/cluster_access.ts";
import { parseAuthority, parseHost } from "../wire/authority.ts";
import { parseIpLiteral } from "../wire/ip_address.ts";
import { WireError } from "../wire/wire_error.ts";
import { chooseContexts } from "./choose_contexts.ts";
import { type ContextChoice, openFile, type ReadAccesses } from "./context_files.ts";
import type { MapReader } from "./map_reader.ts";
import { readAnchorsAt, readClientPair } from "./referenced_files.ts";

/** The port of Talos's API (siderolabs/talos, constants.ApidPort). */
const APID_PORT = 50_000;

/** Reads talosconfigs (https://docs.siderolabs.com/talos/v1.14/reference/talosconfig). */
export async function readTalosconfigs(
  { files, contexts }: ContextChoice,
): Promise<ReadAccesses> {
  const read: string[] = [];
  const onRead = (file: string) => void read.push(file);
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const opened = new Map<string, ReadonlyMap<string, MapReader>>();
  for (const path of files) {
    const root = await openFile(path, { flag: "--talosconfig", problems, warnings, onRead });
    if (root !== undefined) opened.set(path, new Map(root.entries("contexts")));
  }
  if (problems.length > 0) return { accesses: [], problems, warnings, files: read };
  const chosen = chooseContexts(
    [...opened].map(([path, entries]) => ({ path, names: [...entries.keys()] })),
    { chosen: contexts, flags: { file: "--talosconfig", context: "--talos-context" } },
  );
  problems.push(...chosen.problems);
  const accesses = chosen.picks.flatMap(({ path, name }) => {
    const context = opened.get(path)?.get(name);
    return context === undefined ? [] : readContext(context, { path, name }) ?? [];
  });
  return { accesses, problems, warnings, files: read };
}

/** siderolabs/talos, pkg/machinery/client/config, type Context. */
function readContext(
  context: MapReader,
  { path, name }: { path: string; name: string },
): ClusterAccess | undefined {
  const title = `the context ${JSON.stringify(name)}`;
  const folder = dirname(path);
  let usable = true;
  for (const [reader, key, why] of refusals(context)) {
    if (!reader.says(key)) continue;
    reader.problem(`Cannot use ${key} of ${title}: ${why}`, key);
    usable = false;
  }
  const endpoints = context.texts("endpoints");
  const hosts = endpoints.flatMap((endpoint) => readEndpoint(context, { endpoint, title }) ?? []);
  if (endpoints.length === 0) context.problem(`Cannot use ${title}: it has no endpoints`);
  const anchors = readAnchorsAt(context, { data: "ca", folder });
  const pair = readClientPair(context, {
    certificate: { data: "crt", folder },
    key: { data: "key", folder },
    name: `talosconfig-${name} client key`,
  });
  if (pair === undefined) {
    context.problem(`Cannot use ${title}: it has no credential; crt: and key: are missing`);
  }
  if (!usable || hosts.length === 0 || hosts.length < endpoints.length) return undefined;
  if (pair === undefined || pair === null || anchors === null) return undefined;
  const targetCluster = context.text("cluster");
  return {
    service: "talos",
    file: path,
    context: name,
    user: name,
    hosts,
    ...(anchors === undefined
      ? {}
      : { trustAnchors: anchors.pem, trustAnchorsSource: `ca of ${path}` }),
    credential: { kind: "fixed", clientCertificate: pair },
    shown: {
      endpoints,
      nodes: context.texts("nodes"),
      ...(targetCluster === undefined ? {} : { targetCluster }),
    },
  };
}

function refusals(context: MapReader): readonly [reader: MapReader, key: string, why: string][] {
  const auth = context.map("auth");
  return [
    [context, "target", "Talos has replaced it; write endpoints: [HOST]"],
    [context, "proxy-url", "connections through another proxy are not supported; remove it"],
    [auth, "basic", "only a client certificate is supported (crt: and key:)"],
    [auth, "siderov1", "only a client certificate is supported (crt: and key:)"],
  ];
}

/** `HOST`, `HOST:PORT`, or `https://HOST[:PORT]`, which has another default port. */
function readEndpoint(
  context: MapReader,
  { endpoint, title }: { endpoint: string; title: string },
): HostPattern | undefined {
  const [, scheme, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*?)\/?$/i.exec(endpoint) ?? [];
  if (scheme !== undefined && scheme.toLowerCase() !== "https") {
    const message = `Cannot use endpoints of ${title}: ${scheme}:// is not supported, as no ` +
      "credential is sent in clear; write HOST:PORT";
    context.problem(message, "endpoints");
    return undefined;
  }
  try {
    if (parseIpLiteral(rest)?.version === 6) {
      return { kind: "exact", host: parseHost(rest).host, port: portFor(scheme) };
    }
    const { host, port } = parseAuthority(rest, { defaultPort: portFor(scheme) });
    return { kind: "exact", host, port };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    context.problem(`Cannot use endpoints of ${title}: ${error.message}`, "endpoints");
    return undefined;
  }
}

function portFor(scheme: string | undefined): number {
  return scheme === undefined ? APID_PORT : 443;
}
