import type { Obtained } from "./renewable.ts";
import type { Secret } from "./secret.ts";

/** Where the value of one secret comes from. */
export interface SecretSource {
  /** For people, without a value: `the command gh`, `/run/secrets/k8s_token`. */
  readonly title: string;
  /**
   * Obtains the value as it is now, and says how long it is good for. The same value is the same
   * `Secret`, so that whoever compares them sees no change where there is none.
   *
   * @throws {RenewalError} with a reason that may be shown to anyone: it quotes no value.
   */
  obtain(): Promise<Obtained<Secret>>;
}
