import { loadConfig, type LoadedConfig } from "../app/policy.ts";
import { EgressPolicy } from "../policy/egress_policy.ts";
import type { ExplainPolicy } from "../proxy/explain.ts";
import { StartError } from "../secrets/start_error.ts";
import { readConfig, type StartFlags } from "./start_options.ts";

/** A configuration as it would be run. */
export interface CheckedPolicy {
  readonly loaded: LoadedConfig;
  readonly policy: ExplainPolicy;
}

/**
 * Reads the configuration and its secrets, and obtains those that are obtained when they are needed,
 * so that what is said of it holds.
 *
 * @throws {StartError} with every problem found.
 */
export async function loadPolicy(flags: StartFlags): Promise<CheckedPolicy> {
  const { config, problems } = await readConfig(flags);
  if (problems.length > 0) throw new StartError(problems);
  const loaded = await loadConfig(config, { environment: Deno.env.toObject() });
  loaded.inputs.use(loaded.store);
  const { ruleSet } = loaded;
  await Promise.all(ruleSet.rules.flatMap(({ live }) => live?.renew() ?? []));
  return {
    loaded,
    policy: {
      rules: ruleSet,
      egress: new EgressPolicy(config.egress),
      proxies: loaded.proxies,
      redaction: { settings: config.redaction },
      limits: config.limits,
      ...(config.via === undefined ? {} : { via: config.via }),
    },
  };
}
