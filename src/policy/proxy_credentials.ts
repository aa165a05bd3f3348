/** What a client presents in `Proxy-Authorization` or `Authorization`. */
export interface PresentedCredentials {
  /** The user name of Basic; Bearer has none. */
  readonly user: string | undefined;
  readonly token: string;
}

/**
 * Reads the value of `Proxy-Authorization` (RFC 9110 section 11.7.1): Basic with the token as the
 * password (RFC 7617), or Bearer (RFC 6750).
 *
 * We are stricter than RFC 7617: the base64 must be the one that an encoder writes, so that one pair
 * has one spelling, and the pair must be UTF-8. A Bearer token may have any visible ASCII character,
 * as a token that the operator chose may.
 *
 * @returns `undefined` for everything else. Nothing says what was wrong with it: it may be a secret
 * that stands in the wrong place.
 */
export function parseCredentials(value: string): PresentedCredentials | undefined {
  const [, scheme = "", argument = ""] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(value) ?? [];
  if (scheme.toLowerCase() === "bearer") return { user: undefined, token: argument };
  if (scheme.toLowerCase() !== "basic") return undefined;
  const pair = decodePair(argument);
  const colon = pair?.indexOf(":") ?? -1;
  if (pair === undefined || colon < 0) return undefined;
  return { user: pair.slice(0, colon), token: pair.slice(colon + 1) };
}

function decodePair(base64: string): string | undefined {
  try {
    const octets = Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
    const pair = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    // RFC 7617 section 2 excludes control characters; C1 is none in ASCII, but in UTF-8 it is.
    return /[\p{Cc}]/u.test(pair) ? undefined : pair;
  } catch {
    return undefined;
  }
}
