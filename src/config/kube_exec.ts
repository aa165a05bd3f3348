import { resolve } from "node:path";
import type { ExecPlugin } from "../secrets/exec_plugin.ts";
import type { MapReader } from "./map_reader.ts";

const versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** What a plugin is read with. */
export interface ExecOptions {
  /** Where relative paths start from. */
  readonly folder: string;
  /** `user "admin"`. */
  readonly title: string;
  /** What stands under `cluster:`, for a plugin that wants to know. */
  readonly cluster: MapReader;
}

/** The extension of a cluster that its plugins are told of. */
const EXTENSION = "client.authentication.k8s.io/exec";

/**
 * Reads a user's credential plugin (client-go, tools/clientcmd/api/v1, type ExecConfig).
 *
 * @returns `undefined` if it cannot be used: the problems say why.
 */
export function readExecPlugin(
  exec: MapReader,
  { folder, title, cluster }: ExecOptions,
): ExecPlugin | undefined {
  const command = exec.text("command");
  if (command === undefined) {
    exec.problem(`Cannot use exec of ${title}: it has no command`);
    return undefined;
  }
  const apiVersion = exec.text("apiVersion");
  if (apiVersion === undefined || !versions.includes(apiVersion)) {
    exec.problem(
      `Cannot use exec of ${title}: its apiVersion must be ${versions.join(" or ")}; update the ` +
        "tool that wrote it",
    );
    return undefined;
  }
  if (exec.text("interactiveMode") === "Always") {
    exec.problem(
      `Cannot use exec of ${title}: it wants to ask somebody (interactiveMode: Always), and nobody ` +
        "is there; log in by other means",
      "interactiveMode",
    );
    return undefined;
  }
  const env: Record<string, string> = {};
  for (const entry of exec.maps("env")) {
    const name = entry.text("name");
    if (name === undefined || /[=\0]/.test(name)) {
      entry.problem("Cannot read env: each entry is { name: NAME, value: VALUE }");
      return undefined;
    }
    env[name] = entry.text("value") ?? "";
  }
  const args = exec.texts("args");
  return {
    // Like client-go: with a separator it is a path from the file's folder, else it is in PATH.
    command: /[/\\]/.test(command) ? resolve(folder, command) : command,
    args,
    env,
    apiVersion,
    ...(exec.raw("provideClusterInfo") === true ? { cluster: clusterInfo(cluster, folder) } : {}),
  };
}

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/, type Cluster. */
function clusterInfo(cluster: MapReader, folder: string): Record<string, unknown> {
  const extension = cluster.maps("extensions").find((each) => each.raw("name") === EXTENSION);
  return {
    server: cluster.raw("server"),
    "tls-server-name": cluster.raw("tls-server-name"),
    "certificate-authority-data": authorityData(cluster, folder),
    config: extension?.raw("extension"),
  };
}

function authorityData(cluster: MapReader, folder: string): unknown {
  const data = cluster.raw("certificate-authority-data");
  const path = cluster.raw("certificate-authority");
  if (data !== undefined || typeof path !== "string") return data;
  try {
    return Deno.readFileSync(resolve(folder, path)).toBase64();
  } catch {
    // Whoever reads the cluster reports that.
    return undefined;
  }
}
