const REDACTED = "[redacted]";

/**
 * A credential that cannot be printed by accident.
 *
 * The value lies in a `#private` field, so that no enumeration, spread, `structuredClone` or JSON
 * reaches it, and every conversion to text gives `[redacted]`. {@linkcode reveal} is the one way
 * out, and two files may call it, `policy/inject.ts` and `source_credentials.ts`: the layer check sees to
 * that.
 */
export class Secret {
  /** The variable it came by; printable. */
  readonly name: string;
  readonly #value: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  /** Whether the value is the same, whatever the names are. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  /** The value itself. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/** Either a credential, or why the text cannot be one. */
export type ParsedSecret =
  | { readonly secret: Secret }
  | { readonly refusal: string };

/**
 * Checks that a text can stand in a field value as it is (RFC 9110 section 5.5), and wraps it.
 *
 * We are stricter than the RFC: obs-text and HTAB are refused too, as no service issues a
 * credential with them, and a recipient may read the former in any encoding.
 *
 * @param name The variable it came by.
 * @param text The whole value; a file's has gone through {@linkcode dropFinalNewline}.
 * @returns The credential, or a refusal that says what is wrong, for a sentence that begins with
 * the variable's name. It never quotes the value.
 */
export function parseSecretValue(name: string, text: string): ParsedSecret {
  const refusal = refusalOf(text);
  return refusal === undefined ? { secret: new Secret(name, text) } : { refusal };
}

/** Drops one LF or CRLF at the end: what an editor or `echo` leaves in a secret's file. */
export function dropFinalNewline(text: string): string {
  if (text.endsWith("\r\n")) return text.slice(0, -2);
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function refusalOf(text: string): string | undefined {
  if (text === "") return "is empty: give it a value, or remove it";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) {
      return "has a line break inside: it must be one line";
    }
    if (code < 0x20 || code === 0x7f) {
      return `has a control character inside (0x${code.toString(16).padStart(2, "0")}): remove it`;
    }
    if (code > 0x7f) {
      return "has a character outside ASCII, which no field value may hold: copy it once more";
    }
  }
  if (text.startsWith(" ") || text.endsWith(" ")) {
    return "starts or ends with white space: remove it";
  }
  return undefined;
}
