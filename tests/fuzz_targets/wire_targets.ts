import { clientHelloTargets } from "./client_hello_targets.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { grammarTargets } from "./grammar_targets.ts";
import { hpackTargets } from "./hpack_targets.ts";
import { http2Targets } from "./http2_targets.ts";
import { messageTargets } from "./message_targets.ts";
import { responseTargets } from "./response_targets.ts";

/** Every property that needs no other program. */
export const wireTargets: readonly FuzzTarget[] = [
  ...messageTargets,
  ...responseTargets,
  ...grammarTargets,
  ...clientHelloTargets,
  ...hpackTargets,
  ...http2Targets,
];
