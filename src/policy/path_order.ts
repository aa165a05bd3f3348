import { parsePathPattern } from "./path_pattern.ts";

/**
 * Says which of two path patterns is the more specific one: at the first segment in whose kind they
 * differ, a literal comes before `*`, that before the pattern's end, and that before `**`. So of two
 * patterns that both match a path, the one with the longer literal beginning comes first.
 *
 * @param a Absent: every path, which is less specific than any pattern.
 * @returns Less than 0 if `a` is more specific, more than 0 if `b` is, 0 if neither.
 */
export function comparePathPatterns(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) {
    return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  }
  const left = parsePathPattern(a).map(rankOf);
  const right = parsePathPattern(b).map(rankOf);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? END) - (right[index] ?? END);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether some path matches both patterns; an absent one matches every path. */
export function pathPatternsOverlap(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return overlap(parsePathPattern(a), parsePathPattern(b));
}

const END = 2;

function rankOf(segment: string): number {
  if (segment === "**") return END + 1;
  return segment === "*" ? END - 1 : END - 2;
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  const [first, ...rest] = a;
  const [other, ...others] = b;
  if (first === "**") return overlap(rest, b) || (other !== undefined && overlap(a, others));
  if (other === "**") return overlap(b, a);
  if (first === undefined || other === undefined) return first === other;
  const same = first === other || (first === "*" && other !== "") ||
    (other === "*" && first !== "");
  return same && overlap(rest, others);
}
