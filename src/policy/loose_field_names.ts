import type { Fields } from "../wire/fields.ts";
import { looseName } from "../wire/loose_name.ts";

/**
 * Finds the field lines that some server may take for one of these names, see {@linkcode looseName}.
 *
 * @param names In lower case, with `-`.
 * @returns The values, in order.
 */
export function looseFieldValues(fields: Fields, names: ReadonlySet<string>): readonly string[] {
  let values = nothing;
  for (let line = 0; line < fields.size; line++) {
    const name = fields.name(line);
    // Called for every request, nearly always in vain.
    if (!names.has(fields.hasOddNames ? looseName(name) : name)) continue;
    values = [...values, fields.value(line)];
  }
  return values;
}

const nothing: readonly string[] = [];
