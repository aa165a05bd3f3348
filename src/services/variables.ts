import { allServices } from "./all_services.ts";
import { isClusterVariable } from "./cluster_variables.ts";

const credentialVariables = new Set(
  allServices.flatMap(({ credentials }) => credentials.map(({ variable }) => variable)),
);
const lookalikes = new Set(allServices.flatMap((service) => service.lookalikes ?? []));
const settingVariables = new Set(allServices.flatMap((service) => [
  ...(service.hostVariable === undefined ? [] : [service.hostVariable]),
  ...service.credentials.flatMap(({ endpoints }) => endpoints.flatMap(({ fields }) => fields))
    .flatMap(({ format }) => format.kind === "basic_user" ? [format.userVariable] : []),
]));

/**
 * Tells whether a variable is a setting (hosts, a CA file, a user name) and no credential: its
 * value may be printed. For `loadSecrets`.
 */
export function isSettingVariable(name: string): boolean {
  return settingVariables.has(name) || isClusterVariable(name, ["HOSTS", "CA"]);
}

/**
 * Tells whether any service, or a `--rule`, could use a variable, or start-up give a hint about it.
 * No other is taken from the process environment or read from a folder of secrets.
 *
 * @param ruleVariables The variables of all `--rule`s.
 */
export function isWantedVariable(name: string, ruleVariables: ReadonlySet<string>): boolean {
  return credentialVariables.has(name) || ruleVariables.has(name) || lookalikes.has(name) ||
    isSettingVariable(name) || isClusterVariable(name, ["TOKEN"]);
}

/**
 * What a credential plugin is run in: it has no use for the credentials of other services.
 *
 * @param isWanted Whether anything may ask for this variable.
 */
export function withoutCredentials(
  environment: Readonly<Record<string, string>>,
  isWanted: (variable: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !isWanted(name) || isSettingVariable(name)),
  );
}

/** What AWS's tools prove themselves by: no service here has them unless a rule signs with them. */
const awsVariables: ReadonlySet<string> = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
]);

/**
 * Tells whether a variable holds a credential, as far as its name tells.
 *
 * @param ruleVariables Those that the configuration names.
 */
export function isCredentialVariable(name: string, ruleVariables: ReadonlySet<string>): boolean {
  if (awsVariables.has(name)) return true;
  return isWantedVariable(name, ruleVariables) && !isSettingVariable(name);
}
