/**
 * What a segment of a pattern may be, besides `*` and `**`: RFC 3986 section 3.3, without what not
 * every server reads as it stands (`%`, `;`).
 */
const literal = /^[a-z0-9._~:@!$&'()+,=-]+$/i;

/**
 * Reads a path pattern: `*` is one segment that is not empty, `**` is any number of segments, none
 * included, anything else is a segment that says just that.
 *
 * @param pattern Begins with `/`. Besides a `**` at its end, it may have one more: two in the middle
 * would let a hostile path take quadratic time.
 * @returns Its segments; an empty one at the end is a slash there.
 * @throws {TypeError} If it is malformed, or has a segment that no settled path can have.
 */
export function parsePathPattern(pattern: string): readonly string[] {
  const [first, ...segments] = pattern.split("/");
  if (first !== "" || segments.length === 0) throw refusal(pattern, 'it must begin with "/"');
  const middle = segments.slice(0, -1).filter((segment) => segment === "**");
  if (middle.length > 1) throw refusal(pattern, 'it may have one "**" besides one at its end');
  for (const [index, segment] of segments.entries()) {
    if (segment === "*" || segment === "**") continue;
    if (segment === "" && index === segments.length - 1) continue;
    if (segment === "." || segment === "..") {
      throw refusal(pattern, `"${segment}" names no segment; write the path without it`);
    }
    if (!literal.test(segment)) {
      throw refusal(pattern, `"${segment}" is neither a literal segment nor "*" nor "**"`);
    }
  }
  return segments;
}

/**
 * Compiles path patterns to one expression that tells whether a path reading matches any of them.
 *
 * Letter case, slashes at the end and a format suffix (`.json`) make no difference: this is for
 * denials, where matching too much is the lesser evil.
 *
 * The time that a match takes grows with the path's length times the patterns', no faster.
 *
 * @param patterns At least one, see {@linkcode parsePathPattern}.
 * @throws {TypeError} If a pattern is malformed.
 */
export function compilePathPatterns(patterns: readonly string[]): RegExp {
  const sources = patterns.map((pattern) => {
    const segments = parsePathPattern(pattern);
    return segments.at(-1) === "" ? segments.slice(0, -1) : segments;
  });
  return new RegExp(`^(?:${sources.map(sourceOf).join("|")})(?:\\.[a-z0-9]+)?/*$`, "is");
}

/**
 * Compiles one path pattern to an expression that matches what it says and nothing else: for what
 * allows something or picks a credential. Matching takes linear time.
 *
 * @throws {TypeError} If the pattern is malformed, see {@linkcode parsePathPattern}.
 */
export function compileExactPath(pattern: string): RegExp {
  return new RegExp(`^${sourceOf(parsePathPattern(pattern))}$`, "s");
}

function sourceOf(segments: readonly string[]): string {
  return segments.map((segment) => {
    if (segment === "**") return "(?:/.*)?";
    if (segment === "*") return "/[^/]+";
    return `/${segment.replace(/[.$()+]/g, "\\$&")}`;
  }).join("");
}

function refusal(pattern: string, state: string): TypeError {
  return new TypeError(`Cannot compile path pattern "${pattern}": ${state}`);
}
