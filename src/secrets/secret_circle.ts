import { inputsOf, type SecretSpec } from "./secret_spec.ts";

/**
 * Finds secrets each of which is needed to obtain the one before it, and the first for the last: each
 * would wait for the others for ever.
 *
 * @returns Their names, the first again at the end; `undefined` if there are none.
 */
export function secretCircle(specs: ReadonlyMap<string, SecretSpec>): string[] | undefined {
  const settled = new Set<string>();
  function visit(name: string, path: readonly string[]): string[] | undefined {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    const spec = specs.get(name);
    if (spec === undefined || settled.has(name)) return undefined;
    for (const input of inputsOf(spec)) {
      const circle = visit(input, [...path, name]);
      if (circle !== undefined) return circle;
    }
    settled.add(name);
    return undefined;
  }
  for (const name of specs.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
