/**
 * Removes query parameters by name; everything else stays as it is, octet for octet.
 *
 * Servers disagree on whether `;` separates parameters, as HTML 4.01 (appendix B.2.2) once advised.
 * Here both do: a parameter to remove goes whichever way the server reads it. Names are compared as
 * servers do: percent-decoded once, `+` as a space, case-sensitively, and without leading white
 * space, which PHP drops.
 *
 * @param pathAndQuery A request target in origin form (RFC 9112 section 3.2.1).
 * @param names The names, decoded.
 * @returns The same string if there is nothing to remove.
 */
export function removeQueryParameters(pathAndQuery: string, names: ReadonlySet<string>): string {
  const mark = pathAndQuery.indexOf("?");
  if (mark === -1 || names.size === 0) return pathAndQuery;
  let kept = "";
  let removed = false;
  let start = mark + 1;
  for (let at = start; at <= pathAndQuery.length; at++) {
    if (at < pathAndQuery.length && !isSeparator(pathAndQuery.charCodeAt(at))) continue;
    const piece = pathAndQuery.slice(start, at);
    if (names.has(parameterName(piece))) removed = true;
    else kept += (kept === "" ? "?" : pathAndQuery.charAt(start - 1)) + piece;
    start = at + 1;
  }
  return removed ? pathAndQuery.slice(0, mark) + kept : pathAndQuery;
}

/** Whether a query has a parameter of one of these names, as {@linkcode removeQueryParameters} reads it. */
export function hasQueryParameter(pathAndQuery: string, names: ReadonlySet<string>): boolean {
  return removeQueryParameters(pathAndQuery, names) !== pathAndQuery;
}

function isSeparator(code: number): boolean {
  return code === 0x26 || code === 0x3b;
}

function parameterName(piece: string): string {
  const equals = piece.indexOf("=");
  const name = equals === -1 ? piece : piece.slice(0, equals);
  if (!/[%+\s]/.test(name)) return name;
  return name.replaceAll("+", " ").replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  ).trimStart();
}
