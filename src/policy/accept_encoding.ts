/** The content codings (RFC 9110 section 8.4.1) that are searched for credentials: what can be decoded. */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd";

const codings: ReadonlyMap<string, ContentCoding> = new Map([
  ["gzip", "gzip"],
  // RFC 9110 section 8.4.1.3: equivalent to gzip.
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);

/**
 * Narrows Accept-Encoding (RFC 9110 section 12.5.3) to what can be decoded here.
 *
 * @param values Those of all its field lines.
 * @returns The value to send instead; `identity` where nothing is left, as no field at all would mean
 * anything. `undefined` if there is nothing to change.
 */
export function narrowAcceptEncoding(values: readonly string[]): string | undefined {
  const members = values.flatMap((value) => value.split(",")).map((member) => member.trim());
  const kept = members.filter((member) => {
    const [name = ""] = member.split(";", 1);
    const coding = name.trim().toLowerCase();
    return coding === "identity" || codings.has(coding);
  });
  if (kept.length === members.length) return undefined;
  return kept.length === 0 ? "identity" : kept.join(", ");
}

/**
 * Tells how the content of a message is coded.
 *
 * @param values Those of all Content-Encoding field lines.
 * @returns `undefined` for a coding that cannot be decoded, or several on top of each other.
 */
export function contentCoding(values: readonly string[]): ContentCoding | "identity" | undefined {
  const names = values.flatMap((value) => value.split(","))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const [only, ...others] = names;
  if (only === undefined) return "identity";
  return others.length > 0 ? undefined : codings.get(only);
}
