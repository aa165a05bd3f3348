import type { Fields } from "../wire/fields.ts";

/**
 * Finds the field lines that a server may take for one of these names: what came from CGI (RFC 3875
 * section 4.1.18) does not tell `_` from `-` in them.
 *
 * @param names In lower case, with `-`; each begins with `x-`.
 * @returns The values, in order.
 */
export function looseFieldValues(fields: Fields, names: ReadonlySet<string>): readonly string[] {
  let values = nothing;
  for (let line = 0; line < fields.size; line++) {
    const name = fields.name(line);
    // Called for every request, nearly always in vain.
    if (name.charCodeAt(0) !== 0x78) continue;
    if (!names.has(name.replaceAll("_", "-"))) continue;
    values = [...values, fields.value(line)];
  }
  return values;
}

/**
 * Tells whether a server may take a field for one of these, not telling `_` from `-` as above.
 *
 * @param name In lower case.
 * @param names In lower case; where one has `_`, it is there with `-` too.
 */
export function isLooselyIn(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || name.includes("_") && names.has(name.replaceAll("_", "-"));
}

const nothing: readonly string[] = [];
