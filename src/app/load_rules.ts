import { readCa } from "../ca/read_anchors.ts";
import type { Config } from "../config/config.ts";
import { readAccesses } from "../config/read_accesses.ts";
import { proxySecretNames } from "../config/read_upstream_proxy.ts";
import { secretNames } from "../policy/injection_template.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { inputsOf } from "../secrets/secret_spec.ts";
import { SecretInputs } from "../secrets/secret_inputs.ts";
import { sourceWorld } from "./source_world.ts";
import { LiveSecrets } from "../secrets/live_secrets.ts";
import type { Problem } from "../secrets/problem.ts";
import { readSecretFiles } from "../secrets/secret_files.ts";
import { loadSecrets, type SecretStore } from "../secrets/secret_store.ts";
import { readText } from "../secrets/text_file.ts";
import { buildAccessRules, type PluginCredentials } from "../services/access_rules.ts";
import { buildRules } from "../services/build_rules.ts";
import type { StartupNote } from "../services/draft.ts";
import {
  isCredentialVariable,
  isSettingVariable,
  isWantedVariable,
  withoutCredentials,
} from "../services/variables.ts";

/** The rules of a configuration. */
export interface LoadedRules {
  readonly ruleSet: RuleSet;
  /** Whether a credential comes from a program that has to be run. */
  readonly runsPlugins: boolean;
  readonly notes: readonly StartupNote[];
  /** Every file that had a say in them, and every folder whose files had. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** What the next load of the rules goes on with. */
  readonly plugins: PluginCredentials;
  readonly live: LiveSecrets;
  readonly inputs: SecretInputs;
  /** To be used by the inputs from the moment that the rules are in force. */
  readonly store: SecretStore;
}

/**
 * Reads the secrets and makes the rules of them.
 *
 * @param options `problems` gets what must be mended; `before` is what was loaded before.
 */
export async function loadRules(
  config: Config,
  { environment, problems, before }: {
    environment: Readonly<Record<string, string>>;
    problems: Problem[];
    before?: Pick<LoadedRules, "plugins" | "live" | "inputs"> | undefined;
  },
): Promise<LoadedRules> {
  const wanted = wantedVariables(config);
  const isWanted = (name: string) => isWantedVariable(name, wanted);
  const files = await readSecretFiles({ ...config, isWanted, again: before !== undefined });
  const base = { now: () => Date.now(), environment: withoutCredentials(environment, isWanted) };
  const inputs = before?.inputs ?? new SecretInputs();
  const live = LiveSecrets.open(config.secrets, {
    world: { ...base, ...sourceWorld(config, { environment, inputs }), inputs },
    reachedBy: JSON.stringify([
      config.caDir,
      config.connectTo,
      config.upstreamCaFiles,
      config.upstreamProxy,
    ]),
    known: before?.live,
  });
  const secrets = loadSecrets({ environment, ...files.texts }, {
    isWanted,
    isSetting: isSettingVariable,
    specs: config.secrets,
    live,
  });
  const clusters = await readAccesses(config);
  const accessRules = buildAccessRules(clusters.accesses, {
    ...base,
    ...(before === undefined ? {} : { known: before.plugins }),
  });
  const secretFiles = [...config.secrets.values()].flatMap((spec) =>
    spec.kind === "file" ? [spec.path] : []
  );
  const read: string[] = [...config.envFiles, ...secretFiles, ...clusters.files];
  const { ruleSet, notes, problems: ruleProblems } = buildRules({
    secrets: secrets.store,
    ruleFlags: config.rules,
    fileRules: config.fileRules,
    services: config.services,
    clusters: config.clusters,
    accessRules,
    allowedEndpoints: config.allowEndpoints,
    readCa: (path) => {
      read.push(path);
      return readCa(path);
    },
    readText: (path) => {
      read.push(path);
      return readText(path);
    },
  });
  problems.push(...files.problems, ...secrets.problems, ...clusters.problems, ...ruleProblems);
  const warnings = [...files.warnings, ...clusters.warnings].map((
    { where, message },
  ): StartupNote => ({
    kind: "notice",
    subject: where,
    message,
  }));
  const runsPlugins = clusters.accesses.some(({ credential }) => credential.kind === "exec") ||
    [...config.secrets.values()].some(({ kind }) => kind === "command");
  return {
    ruleSet,
    runsPlugins,
    notes: [...warnings, ...notes],
    files: read,
    folders: config.secretsDirs,
    plugins: accessRules.plugins,
    live,
    inputs,
    store: secrets.store,
  };
}

/**
 * Tells which variables of an environment hold a credential, as far as their names tell: of those that
 * some service or the configuration could use, all but settings.
 */
export function isCredentialOf(config: Config): (variable: string) => boolean {
  const wanted = wantedVariables(config);
  return (name) => isCredentialVariable(name, wanted);
}

/** The variables that the configuration names. */
function wantedVariables(
  { rules, fileRules, secrets, services, clusters, upstreamProxy }: Config,
): Set<string> {
  return new Set([
    ...proxySecretNames(upstreamProxy),
    ...rules.map(({ field }) => field.variable),
    ...fileRules.flatMap(secretNames),
    ...[...secrets.values()].flatMap((spec) => spec.kind === "env" ? [spec.variable] : []),
    ...[...services.values()].flatMap((service) => Object.values(service.secrets)),
    ...clusters.flatMap(({ token }) => token ?? []),
    ...[...secrets.values()].flatMap(inputsOf),
  ]);
}
