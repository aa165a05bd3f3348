import { isTokenOctet } from "../wire/octets.ts";
import { quoteInput, WireError } from "../wire/wire_error.ts";
import { bare, bearer, type CredentialFormat, type FieldTemplate } from "./credential_format.ts";
import { formatHostPattern, type HostPattern, parseHostPattern } from "./host_pattern.ts";
import { looksLikeToken } from "./looks_like_token.ts";

/** One `--rule`: this host, this field, the secret in this variable. */
export interface ParsedRuleFlag {
  /** As it was given. */
  readonly text: string;
  readonly pattern: HostPattern;
  readonly field: FieldTemplate;
}

const SYNTAX = "write HOST,HEADER,ENV_VAR or HOST,HEADER,ENV_VAR,FORMAT";

/**
 * Fields that are no place for a credential: they frame or route the message, belong to one hop or
 * to the WebSocket handshake, or are this proxy's to set.
 */
const reservedFields: ReadonlySet<string> = new Set([
  "accept-encoding",
  "alt-used",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "max-forwards",
  "range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/**
 * Parses `HOST,HEADER,ENV_VAR[,FORMAT]`.
 *
 * HOST is a host pattern, on port 443 if it names none. Without a FORMAT, `Authorization` gets
 * `Bearer ` before the secret and any other field the secret alone. FORMAT is a text in which `{}`
 * stands for the secret (`Token token={}`), or `basic:USER` for the Basic scheme (RFC 7617) with
 * that user and the secret as password. It may hold commas.
 *
 * @throws {WireError} If it is malformed. The message does not quote what stands where the
 * variable's name should: it may be the secret itself.
 */
export function parseRuleFlag(text: string): ParsedRuleFlag {
  const parts = text.split(",");
  const [host = "", header = "", variable] = parts.slice(0, 3).map((part) => part.trim());
  if (variable === undefined || host === "") throw new WireError(`Cannot read --rule: ${SYNTAX}`);
  const pattern = readPattern(host);
  const shown = `--rule for ${formatHostPattern(pattern, { defaultPort: 443 })}`;
  const fieldProblem = fieldNameProblem(header);
  if (fieldProblem !== undefined) throw new WireError(`Cannot read ${shown}: ${fieldProblem}`);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || looksLikeToken(variable)) {
    throw new WireError(
      `Cannot read ${shown}: its third part must be the name of a variable ` +
        "(letters, digits and _), not the secret itself",
    );
  }
  return {
    text,
    pattern,
    field: {
      name: header,
      variable,
      format: parts.length > 3
        ? readFormat(parts.slice(3).join(",").trim(), shown)
        : header.toLowerCase() === "authorization"
        ? bearer
        : bare,
    },
  };
}

/**
 * Says why a field of this name cannot carry a credential.
 *
 * @returns `undefined` if it can: a token (RFC 9110 section 5.6.2) that frames and routes nothing.
 */
export function fieldNameProblem(name: string): string | undefined {
  const isToken = name !== "" &&
    [...name].every((character) => isTokenOctet(character.codePointAt(0) ?? 0));
  if (!isToken) return `${quoteInput(name)} is no header name`;
  const lower = name.toLowerCase();
  if (
    reservedFields.has(lower) || lower.startsWith("proxy-") || lower.startsWith("sec-websocket-")
  ) {
    return `the header ${name} frames or routes the message and can hold no credential`;
  }
  return undefined;
}

function readPattern(host: string): HostPattern {
  try {
    return parseHostPattern(host, { defaultPort: 443 });
  } catch (error) {
    if (error instanceof WireError) throw new WireError(`Cannot read --rule: ${error.message}`);
    throw error;
  }
}

function readFormat(text: string, shown: string): CredentialFormat {
  const refuse = (state: string) => new WireError(`Cannot read ${shown}: its FORMAT ${state}`);
  if (/[^\x20-\x7e]/.test(text)) throw refuse("may hold printable ASCII only");
  if (/^basic:/i.test(text)) {
    const user = text.slice("basic:".length);
    if (user === "") throw refuse("names no user; write basic:USER");
    // RFC 7617 section 2: the first colon ends the user-id.
    if (user.includes(":")) throw refuse("has a colon in the user, which Basic cannot carry");
    return { kind: "basic", user };
  }
  const [prefix = "", suffix, ...more] = text.split("{}");
  if (suffix === undefined || more.length > 0) {
    throw refuse('must have "{}" once, where the secret goes (as in "Token token={}")');
  }
  return suffix === "" ? { kind: "prefix", prefix } : { kind: "prefix", prefix, suffix };
}
