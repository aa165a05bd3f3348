import { RenewalError } from "./renewable.ts";
import type { Secret } from "./secret.ts";

/** Where inputs are looked up: a `SecretStore`. */
export interface InputStore {
  get(name: string): { readonly secret: Secret } | undefined;
  live(name: string): { readonly renewable: InputRenewable } | undefined;
  missing(name: string): string | undefined;
}

interface InputRenewable {
  readonly value: Secret | undefined;
  readonly reason: string;
  renew(): Promise<void> | undefined;
}

/** The secrets that sources need to obtain theirs: those of the store that is in force. */
export class SecretInputs {
  #store: InputStore | undefined;

  /** Says which store is in force from now on. */
  use(store: InputStore): void {
    this.#store = store;
  }

  /**
   * The value of a named secret or a variable as it is now.
   *
   * @throws {RenewalError} If there is none.
   */
  async get(name: string): Promise<Secret> {
    const live = this.#store?.live(name);
    if (live !== undefined) {
      await live.renewable.renew();
      const { value, reason } = live.renewable;
      if (value === undefined) throw new RenewalError(reason);
      return value;
    }
    const stored = this.#store?.get(name);
    if (stored !== undefined) return stored.secret;
    throw new RenewalError(this.#store?.missing(name) ?? `${name} is not set`);
  }
}
