import type { Problem } from "../secrets/problem.ts";
import { nearest } from "./nearest.ts";
import {
  type Flags,
  type ListName,
  type SettingName,
  settingNames,
  settingTable,
  type SwitchName,
  type TextName,
  variableOf,
} from "./setting_table.ts";

/** A value, and where it was found: `--listen`, `AUTH_PROXY_LISTEN`, `auth-proxy.yaml:3:9`. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: string;
}

/** The settings that were found anywhere, each as it won. */
export type Settings =
  & { readonly [Name in TextName]?: Sourced<string> }
  & { readonly [Name in ListName]?: Sourced<readonly string[]> }
  & { readonly [Name in SwitchName]?: Sourced<boolean> };

/** Variables of the environment that begin as ours do, and are no settings. */
const otherVariables = /^AUTH_PROXY_(?:CONFIG|CACHE_DIR|ADDED|ASIDE_.*)$/;

/** Puts what was found together: a flag wins over a variable, and that over the file. */
export function mergeSettings(
  { flags, variables, file }: { flags: Flags; variables: Settings; file: Settings },
): Settings {
  const given = settingNames.flatMap((name) => {
    const value = flags[name];
    const isGiven = Array.isArray(value)
      ? value.length > 0
      : value !== undefined && value !== false;
    return isGiven ? [[name, { value, origin: settingTable[name].flag }]] : [];
  });
  return { ...file, ...variables, ...Object.fromEntries(given) };
}

/**
 * Reads the settings of the environment. A list has one value in a line.
 *
 * @returns The settings, and what cannot be meant.
 */
export function environmentSettings(
  environment: Readonly<Record<string, string>>,
): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = [];
  const known = new Map(settingNames.map((name) => [variableOf(settingTable[name]), name]));
  const found: [SettingName, Sourced<unknown>][] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("AUTH_PROXY_") || otherVariables.test(variable)) continue;
    const name = known.get(variable);
    if (name === undefined) {
      problems.push({ where: variable, message: `Cannot use it: ${unknownSetting(variable)}` });
      continue;
    }
    const { kind } = settingTable[name];
    if (kind === "switch" && text !== "true" && text !== "false") {
      problems.push({ where: variable, message: "Cannot read it: write true or false" });
      continue;
    }
    const value = kind === "switch"
      ? text === "true"
      : kind === "list"
      ? text.split("\n").map((line) => line.trim()).filter((line) => line !== "")
      : text;
    found.push([name, { value, origin: variable }]);
  }
  return { settings: Object.fromEntries(found) as Settings, problems };
}

function unknownSetting(variable: string): string {
  const bare = (each: string) => each.slice("AUTH_PROXY_".length).toLowerCase();
  const names = settingNames.map((name) => bare(variableOf(settingTable[name])));
  const meant = nearest(bare(variable), names);
  const hint = meant === undefined
    ? "remove it"
    : `did you mean AUTH_PROXY_${meant.toUpperCase()}?`;
  return `there is no such setting; ${hint}`;
}
