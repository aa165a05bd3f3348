import type { Config } from "../config/config.ts";
import type { WatchedFiles } from "./file_watch.ts";

/**
 * The files that a configuration names, whether they are there or not; what those name in turn is known
 * only when they are read.
 *
 * @param configFiles What the configuration itself is read from.
 */
export function namedFiles(config: Config, configFiles: readonly string[]): WatchedFiles {
  const { envFiles, upstreamCaFiles, kubeconfigs, talosconfigs, secretsDirs } = config;
  const ofSecrets = [...config.secrets.values()].flatMap((spec) =>
    spec.kind === "file" ? [spec.path] : []
  );
  const ofUpstreams = [
    ...config.fileRules.flatMap(({ upstream }) => upstream ?? []),
    ...config.clusters,
  ].flatMap(({ ca, clientCertificate, clientKey }) =>
    [ca, clientCertificate, clientKey].filter((path) => path !== undefined)
  );
  const paths = [
    ...configFiles,
    ...envFiles,
    ...upstreamCaFiles,
    ...kubeconfigs,
    ...talosconfigs,
    ...ofSecrets,
    ...ofUpstreams,
  ];
  return { paths, folders: secretsDirs };
}
