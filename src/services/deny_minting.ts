import { type DeniedEndpoint, DeniedEndpoints } from "../policy/denied_endpoints.ts";
import { type HostPattern, matchesHost } from "../policy/host_pattern.ts";
import type { Rule } from "../policy/rule.ts";
import type { Problem } from "../secrets/problem.ts";
import { allServices } from "./all_services.ts";
import type { StartupNote } from "./draft.ts";
import { mintingEndpointNames, mintingEndpoints } from "./minting_endpoints.ts";

/** What {@linkcode denyMinting} goes by. */
export interface MintingInput {
  /** The rules of known services, those that a `--rule` has displaced included. */
  readonly knownRules: readonly Rule[];
  /** The names that `--allow-endpoint` gave. */
  readonly allowed: ReadonlySet<string>;
}

/**
 * Has each rule refuse the minting endpoints of the services that live at its hosts. A `--rule` for
 * such a host refuses them too: it is the same service, whoever names the credential.
 */
export function denyMinting(
  rules: readonly Rule[],
  { knownRules, allowed }: MintingInput,
): { rules: Rule[]; notes: StartupNote[] } {
  const unused = new Set(allowed);
  const denying = rules.map((rule) => {
    const known = servicesOf(rule, knownRules).flatMap((name) => mintingEndpoints[name] ?? []);
    for (const { name } of known) unused.delete(name);
    const denied = new Map<string, DeniedEndpoint>();
    for (const endpoint of known) {
      if (!allowed.has(endpoint.name)) denied.set(endpoint.name, endpoint);
    }
    if (denied.size === 0) return rule;
    return { ...rule, deniedEndpoints: new DeniedEndpoints([...denied.values()]) };
  });
  const names = new Set(mintingEndpointNames());
  const notes = [...unused].filter((name) => names.has(name)).map((name): StartupNote => ({
    kind: "notice",
    subject: "--allow-endpoint",
    message: `${name} is allowed, but no rule is for its service`,
  }));
  return { rules: denying, notes };
}

/** Finds the names given to `--allow-endpoint` that there are not. */
export function unknownEndpointProblems(allowed: ReadonlySet<string>): Problem[] {
  const names = mintingEndpointNames();
  return [...allowed].filter((name) => !names.includes(name)).map((name) => {
    const service = name.toLowerCase().split(/[^a-z0-9]/)[0] ?? "";
    const related = names.filter((known) => service !== "" && known.startsWith(`${service}-`));
    const shown = JSON.stringify(name.slice(0, 80));
    return {
      where: "--allow-endpoint",
      message: related.length > 0
        ? `Cannot allow ${shown}: no such endpoint; of ${service} there are ${related.join(", ")}`
        : `Cannot allow ${shown}: no such endpoint; there are ${names.join(", ")}`,
    };
  });
}

function servicesOf(rule: Rule, knownRules: readonly Rule[]): string[] {
  if (rule.service !== undefined) return [rule.service];
  const active = knownRules.filter((known) => sharesHost(rule, known))
    .flatMap(({ service }) => service ?? []);
  const catalogued = allServices.filter(({ credentials }) =>
    credentials.some(({ endpoints }) =>
      endpoints.some(({ hosts }) =>
        hosts.some((host) => rule.hosts.some((pattern) => matchesHost(pattern, host)))
      )
    )
  ).map(({ name }) => name);
  return [...new Set([...active, ...catalogued])];
}

function sharesHost(a: Rule, b: Rule): boolean {
  return a.hosts.some((pattern) => b.hosts.some((other) => overlaps(pattern, other)));
}

function overlaps(a: HostPattern, b: HostPattern): boolean {
  return a.host === b.host ||
    matchesHost(a, b.host) || matchesHost(b, a.host);
}
