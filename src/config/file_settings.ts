import type { Settings, Sourced } from "./merge_settings.ts";
import { placed } from "./placed.ts";
import { type SettingName, settingNames, settingTable } from "./setting_table.ts";
import { valueAt, type YamlPath, type YamlTree } from "./yaml_tree.ts";

/** A configuration file whose values have been checked. */
export interface CheckedFile {
  readonly tree: YamlTree;
  /** Where it lies. */
  readonly folder: string;
  /** `auth-proxy.yaml:3:9`. */
  readonly whereOf: (place: YamlPath) => string;
}

/** What is a file's name, and what stands for no file, under `audit: { file: … }`. */
const noFileNames = ["-", "none"];

/** Takes the settings that flags may say too out of the file. */
export function fileSettings({ tree, folder, whereOf }: CheckedFile): Settings {
  const found: [SettingName, Sourced<unknown>][] = [];
  for (const name of settingNames) {
    const { key, kind, isPath } = settingTable[name];
    const value = key === undefined ? undefined : valueAt(tree.value, key);
    if (key === undefined || value === undefined) continue;
    const isFile = isPath || (name === "auditFile" && !noFileNames.includes(String(value)));
    const one = (text: unknown) => isFile ? placed(String(text), folder) : String(text);
    const read = kind === "switch"
      ? value
      : kind === "list"
      ? (Array.isArray(value) ? value : [value]).map(one)
      : one(value);
    found.push([name, { value: read, origin: whereOf(key) }]);
  }
  return Object.fromEntries(found) as Settings;
}

/** The sections that have a language of their own, as they are written. */
export function writtenSections(
  { tree, whereOf }: CheckedFile,
): ReadonlyMap<string, Sourced<unknown>> {
  const value = tree.value;
  if (typeof value !== "object" || value === null) return new Map();
  const ofSettings = new Set(
    settingNames.flatMap((name) => {
      const { key = [] } = settingTable[name];
      return key.length === 1 ? key : [];
    }),
  );
  return new Map(
    Object.entries(value).filter(([key]) => !ofSettings.has(key))
      .map(([key, section]) => [key, { value: section, origin: whereOf([key]) }]),
  );
}
