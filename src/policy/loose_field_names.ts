import type { Fields } from "../wire/fields.ts";
import { looseName } from "../wire/loose_name.ts";

/** A field line that some server takes for one of a certain name. */
export interface LooseField {
  /** The name that it is taken for. */
  readonly name: string;
  readonly value: string;
}

/**
 * Finds the field lines that some server may take for one of these names, see {@linkcode looseName}.
 *
 * @param names In lower case, with `-`.
 */
export function looseFields(fields: Fields, names: ReadonlySet<string>): readonly LooseField[] {
  let found = nothing;
  for (let line = 0; line < fields.size; line++) {
    const exact = fields.name(line);
    const name = fields.hasOddNames ? looseName(exact) : exact;
    // Called for every request, nearly always in vain.
    if (names.has(name)) found = [...found, { name, value: fields.value(line) }];
  }
  return found;
}

const nothing: readonly LooseField[] = [];
