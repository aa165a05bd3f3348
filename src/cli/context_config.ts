import { openCa } from "../app/open_ca.ts";
import { readAnchors } from "../ca/read_anchors.ts";
import { readAccesses } from "../config/read_accesses.ts";
import { StartError } from "../secrets/start_error.ts";
import { runOrComplain } from "./complain.ts";
import { containerKubeconfig } from "./container_kubeconfig.ts";
import { containerTalosconfig } from "./container_talosconfig.ts";
import { readConfig, type StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

export type ContextConfigFlags = StartFlags & { readonly proxyUrl?: string };

/** What is printed: which file of contexts, and how it is made for a container. */
const kinds = {
  kubeconfig: { files: "kubeconfigs", flag: "--kubeconfig", make: containerKubeconfig },
  talosconfig: { files: "talosconfigs", flag: "--talosconfig", make: containerTalosconfig },
} as const;

export type ContextConfigKind = keyof typeof kinds;

/**
 * `auth-proxy kubeconfig` and `auth-proxy talosconfig`: prints such a file for a client of a proxy that
 * is started with the same options. Nothing in it is a credential.
 *
 * @returns The exit status.
 */
export function runContextConfig(
  kind: ContextConfigKind,
  flags: ContextConfigFlags,
): Promise<number> {
  return runOrComplain(async () => {
    const { config, problems } = await readConfig(flags);
    const { files, flag, make } = kinds[kind];
    if (config[files].length === 0) {
      problems.push({ where: flag, message: `Cannot do without it: give ${flag} FILE` });
    }
    if (problems.length > 0) throw new StartError(problems);
    const clusters = await readAccesses(config);
    problems.push(...clusters.problems);
    const extraAnchors = readAnchors(config.upstreamCaFiles, problems);
    if (problems.length > 0) throw new StartError(problems);
    const ca = await openCa(config, extraAnchors);
    const { proxyUrl } = flags;
    const made = make(clusters.accesses, {
      caPem: ca.certificatePem,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    });
    const { yamlText } = await import("../config/yaml_text.ts");
    writeLine(Deno.stdout, yamlText(made).trimEnd());
  });
}
