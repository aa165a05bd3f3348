import { type RunOptions, runProgram } from "./program.ts";

/** A program that prints a credential, as a kubeconfig describes it. */
export interface ExecPlugin {
  /** A path, or a name that is looked for in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** On top of the environment that it is run in. */
  readonly env: Readonly<Record<string, string>>;
  /** `client.authentication.k8s.io/v1` or `…/v1beta1`. */
  readonly apiVersion: string;
  /** The cluster as KUBERNETES_EXEC_INFO tells it, if the plugin wants to know. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

/**
 * Runs a plugin, as {@linkcode runProgram} does.
 *
 * @returns What it printed.
 * @throws {RenewalError} If it cannot be run, fails, takes too long or prints too much.
 */
export async function runExecPlugin(
  { command, args, env, apiVersion, cluster }: ExecPlugin,
  { environment, timeout }: RunOptions,
): Promise<string> {
  const info = { apiVersion, kind: "ExecCredential", spec: { cluster, interactive: false } };
  return await runProgram({ command, args, role: "the plugin" }, {
    environment: { ...environment, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    timeout,
  });
}
