import { type Authority, parseAuthority } from "./authority.ts";
import { quoteInput, WireError } from "./wire_error.ts";

/** The four forms of RFC 9112 section 3.2. `pathAndQuery` is what an origin server is to see. */
export type RequestTarget =
  | { readonly form: "origin"; readonly pathAndQuery: string }
  | {
    readonly form: "absolute";
    readonly scheme: "http" | "https";
    readonly authority: Authority;
    readonly pathAndQuery: string;
  }
  | { readonly form: "authority"; readonly authority: Authority }
  | { readonly form: "asterisk"; readonly pathAndQuery: "*" };

/**
 * Parses the request target of a request line (RFC 9112 section 3.2).
 *
 * Path and query are kept verbatim: nothing is decoded, normalised or escaped, and octets from 0x80
 * up pass, since origin servers disagree about all of it.
 *
 * @param method The method as received; methods are case-sensitive (RFC 9110 section 9.1).
 * @param target The target, one code unit for each octet.
 * @returns Authority form for CONNECT and only there, with a port (RFC 9112 section 3.2.3);
 * asterisk form for OPTIONS only; absolute form with `http` or `https` and the scheme's default port
 * filled in; else origin form.
 * @throws {WireError} If the target is none of these for that method, its authority is malformed
 * (userinfo included, RFC 9110 section 4.2.4), or it holds white space, a control character or `#`
 * (a fragment is not part of a target, RFC 9112 section 3.2).
 */
export function parseRequestTarget(method: string, target: string): RequestTarget {
  if (method === "CONNECT") return { form: "authority", authority: parseAuthority(target) };
  checkCharacters(target);
  if (target.charCodeAt(0) === 0x2f) return { form: "origin", pathAndQuery: target };
  if (target === "*") {
    if (method === "OPTIONS") return { form: "asterisk", pathAndQuery: "*" };
    throw refusal(target, '"*" is for OPTIONS only');
  }
  return parseAbsolute(method, target);
}

function parseAbsolute(method: string, target: string): RequestTarget {
  const colon = target.indexOf(":");
  const scheme = target.slice(0, Math.max(colon, 0)).toLowerCase();
  if (scheme !== "http" && scheme !== "https") {
    throw refusal(target, "it is neither a path nor an absolute http or https URI");
  }
  if (!target.startsWith("//", colon + 1)) throw refusal(target, 'the scheme lacks its "//"');
  const start = colon + 3;
  const end = authorityEnd(target, start);
  const authority = parseAuthority(target.slice(start, end), {
    defaultPort: scheme === "http" ? 80 : 443,
  });
  return { form: "absolute", scheme, authority, pathAndQuery: pathFrom(method, target.slice(end)) };
}

function authorityEnd(target: string, start: number): number {
  for (let index = start; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code === 0x2f || code === 0x3f) return index;
  }
  return target.length;
}

function pathFrom(method: string, rest: string): string {
  // RFC 9112 section 3.2.4: neither path nor query in OPTIONS asks about the server as a whole.
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  // RFC 9112 section 3.2.1: an empty path is sent as "/".
  return rest.charCodeAt(0) === 0x3f ? `/${rest}` : rest;
}

/** Called for every request: one pass over the character codes, no regular expression. */
function checkCharacters(target: string): void {
  if (target === "") throw refusal(target, "it is empty");
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code > 0x23 && code < 0x7f) continue;
    if (code <= 0x20 || code === 0x7f) {
      throw refusal(target, "white space and control characters are not allowed");
    }
    if (code === 0x23) throw refusal(target, "a fragment is not allowed");
    if (code > 0xff) throw refusal(target, "it holds a character that is no octet");
  }
}

function refusal(target: string, state: string): WireError {
  // A query may hold a token and what precedes an "@" a password: neither is repeated.
  const query = target.indexOf("?");
  const shown = query === -1 ? target : target.slice(0, query + 1);
  const at = shown.lastIndexOf("@");
  return new WireError(
    at === -1
      ? `Cannot parse request target ${quoteInput(shown)}: ${state}`
      : `Cannot parse request target with ${quoteInput(shown.slice(at))}: ${state}`,
  );
}
