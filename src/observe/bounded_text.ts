/** Longest text in the audit log, in characters: a client writes as much as a head may have. */
export const longestText = 2048;

/** The text, or its first 2048 characters and `…`. */
export function bounded(text: string): string {
  return text.length <= longestText ? text : text.slice(0, longestText) + "…";
}
