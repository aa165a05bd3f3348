import { stringify } from "yaml";

/**
 * Writes a value as YAML, each text on a line of its own however long it is. Of version 1.1, which
 * kubectl reads: to that, a name such as `on` without quotes is no text.
 */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: "1.1" });
}
