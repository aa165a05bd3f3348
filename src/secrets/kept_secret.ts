import { RenewalError } from "./renewable.ts";
import { parseSecretValue, type Secret } from "./secret.ts";

/** Makes secrets out of texts: the same text, one after the other, is the same secret. */
export class KeptSecret {
  readonly #name: string;
  #last: { readonly text: string; readonly secret: Secret } | undefined;

  /** @param name What the secret is called. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * @param what Begins the sentence that says what is wrong with the text.
   * @throws {RenewalError} If the text cannot be a credential. It is not quoted.
   */
  of(text: string, what: string): Secret {
    if (this.#last?.text === text) return this.#last.secret;
    const parsed = parseSecretValue(this.#name, text);
    if ("refusal" in parsed) throw new RenewalError(`${what} ${parsed.refusal}`);
    this.#last = { text, secret: parsed.secret };
    return parsed.secret;
  }
}
