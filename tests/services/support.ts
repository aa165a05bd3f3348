import { bare } from "../../src/policy/credential_format.ts";
import type { CustomRule } from "../../src/policy/custom_rule.ts";
import { parseHostPattern } from "../../src/policy/host_pattern.ts";
import { parseRuleFlag } from "../../src/policy/rule_flag.ts";
import type { Rule } from "../../src/policy/rule.ts";
import type { Problem } from "../../src/secrets/problem.ts";
import { loadSecrets, type SecretStore } from "../../src/secrets/secret_store.ts";
import { buildRules, type BuiltRules } from "../../src/services/build_rules.ts";
import { isSettingVariable, isWantedVariable } from "../../src/services/variables.ts";
import { parseAuthority } from "../../src/wire/authority.ts";

/** A PEM text that looks like a certificate: nothing here decodes it. */
export const caPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** A store of these variables, as if they stood in the process environment. */
export function storeOf(
  environment: Record<string, string>,
  ruleFlags: string[] = [],
  fileVariables: string[] = [],
): SecretStore {
  const flagVariables = ruleFlags.map((flag) => parseRuleFlag(flag).field.variable);
  const ruleVariables = new Set([...flagVariables, ...fileVariables]);
  return loadSecrets({ environment }, {
    isWanted: (name) => isWantedVariable(name, ruleVariables),
    isSetting: isSettingVariable,
  }).store;
}

/** Reads every `/good…` path as a certificate, and nothing else. */
export function readCa(path: string): string | Problem {
  if (path.startsWith("/good")) return `${caPem}${path}`;
  if (path === "/empty") return "no certificate";
  return { where: path, message: "Cannot read it: no such file" };
}

export function build(
  environment: Record<string, string>,
  ruleFlags: string[] = [],
  fileRules: CustomRule[] = [],
): BuiltRules {
  const variables = fileRules.flatMap(({ fields }) => fields.map(({ variable }) => variable));
  return buildRules({
    secrets: storeOf(environment, ruleFlags, variables),
    ruleFlags: ruleFlags.map(parseRuleFlag),
    fileRules,
    readCa,
    readText: readCa,
  });
}

/** A rule of a configuration file that puts VARIABLE into X-Key of a host. */
export function fileRule(
  host: string,
  variable: string,
  rest: Partial<CustomRule> = {},
): CustomRule {
  return {
    where: "auth-proxy.yaml:1:1",
    form: "block",
    pattern: parseHostPattern(host, { defaultPort: 443 }),
    fields: [{ name: "X-Key", format: bare, variable }],
    ...rest,
  };
}

/** The rule at `host[:port]`, port 443 if none is given. */
export function ruleAt(built: BuiltRules, authority: string): Rule | undefined {
  const parsed = parseAuthority(authority, { defaultPort: 443 });
  return built.ruleSet.candidates(parsed, "").otherwise;
}

/** The field lines that are injected at `host[:port]`; `undefined` where there is no rule. */
export function injectedAt(built: BuiltRules, authority: string): string[] | undefined {
  const rule = ruleAt(built, authority);
  if (rule === undefined) return undefined;
  const decoder = new TextDecoder();
  return (rule.injection?.fields ?? []).map((field) => {
    let line = "";
    field.appendTo({ bytes: (chunk) => line += decoder.decode(chunk) });
    return line.trimEnd();
  });
}

/** The messages of all notes of one kind, with their subjects. */
export function notesOf(built: BuiltRules, kind: string): string[] {
  return built.notes.filter((note) => note.kind === kind)
    .map(({ subject, message }) => `${subject}: ${message}`);
}
