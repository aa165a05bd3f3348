/** What a segment of a pattern may be, besides `*` and `**`. */
const literal = /^[a-z0-9._~:@-]+$/i;

/**
 * Compiles path patterns to one expression that tells whether a path reading matches any of them.
 *
 * `*` is one segment; `**` is any number of segments, none included. Letter case, slashes at the
 * end and a format suffix (`.json`) make no difference: these patterns are for denials, where
 * matching too much is the lesser evil.
 *
 * The time that a match takes grows with the path's length times the patterns', no faster.
 *
 * @param patterns At least one, each beginning with `/`. Besides a `**` at its end, a pattern may
 * have one more: two in the middle would let a hostile path take quadratic time.
 * @throws {TypeError} If a pattern is malformed.
 */
export function compilePathPatterns(patterns: readonly string[]): RegExp {
  const sources = patterns.map(patternSource);
  return new RegExp(`^(?:${sources.join("|")})(?:\\.[a-z0-9]+)?/*$`, "is");
}

function patternSource(pattern: string): string {
  const [first, ...segments] = pattern.split("/");
  if (first !== "" || segments.length === 0) throw refusal(pattern, 'it must begin with "/"');
  const middle = segments.slice(0, -1).filter((segment) => segment === "**");
  if (middle.length > 1) throw refusal(pattern, 'it may have one "**" besides one at its end');
  return segments.map((segment) => {
    if (segment === "**") return "(?:/.*)?";
    if (segment === "*") return "/[^/]+";
    if (literal.test(segment)) return `/${segment.replaceAll(".", "\\.")}`;
    throw refusal(pattern, `"${segment}" is neither a literal segment nor "*" nor "**"`);
  }).join("");
}

function refusal(pattern: string, state: string): TypeError {
  return new TypeError(`Cannot compile path pattern "${pattern}": ${state}`);
}
