import type { HttpsClient } from "./https_client.ts";
import type { PrivateState } from "./private_state.ts";
import type { SecretInputs } from "./secret_inputs.ts";

/** What sources obtain their secrets with. */
export interface SourceWorld {
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** What programs are run in. */
  readonly environment: Readonly<Record<string, string>>;
  /** The secrets that sources need to obtain theirs. */
  readonly inputs: SecretInputs;
  readonly https: HttpsClient;
  readonly state: PrivateState;
}
