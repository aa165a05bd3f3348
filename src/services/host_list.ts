import { formatHostPattern, type HostPattern, parseHostPattern } from "../policy/host_pattern.ts";
import type { Problem } from "../secrets/problem.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import { WireError } from "../wire/wire_error.ts";

/** How a variable with hosts is read. */
export interface HostListOptions {
  readonly secrets: SecretStore;
  readonly defaultPort: number;
  /** Whether `*.` may stand before a host. */
  readonly wildcards: "allowed" | "refused";
  /** Where what is wrong goes. */
  readonly problems: Problem[];
}

/**
 * Reads host patterns, separated by commas, from a variable.
 *
 * @returns The patterns, each once; `undefined` if the variable is not set.
 */
export function readHostList(
  variable: string,
  { secrets, defaultPort, wildcards, problems }: HostListOptions,
): HostPattern[] | undefined {
  const setting = secrets.setting(variable);
  if (setting === undefined) return undefined;
  const where = `${variable} (${setting.source})`;
  const patterns = new Map<string, HostPattern>();
  const texts = setting.value.split(",").map((text) => text.trim()).filter((text) => text !== "");
  if (texts.length === 0) {
    problems.push({ where, message: "It names no host: give it one, or remove it" });
  }
  for (const text of texts) {
    try {
      const pattern = parseHostPattern(text, { defaultPort });
      if (pattern.kind === "suffix" && wildcards === "refused") {
        problems.push({ where, message: `Cannot accept "${text}": name your own host exactly` });
      } else patterns.set(formatHostPattern(pattern), pattern);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      problems.push({ where, message: error.message });
    }
  }
  return [...patterns.values()];
}
