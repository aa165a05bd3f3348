import { stringify } from "yaml";

/** Writes a value as YAML, each text on a line of its own however long it is. */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
