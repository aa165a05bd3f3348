/**
 * The contract: the data plane reads octets in one way only, however they arrive, and what it writes is
 * well-formed and means the same (I5). `./scripts/deno task fuzz` runs these properties longer.
 */

import { assertTarget } from "../fuzz_targets/fuzz_target.ts";
import { wireTargets } from "../fuzz_targets/wire_targets.ts";

for (const target of wireTargets) {
  Deno.test(`src/wire holds to ${target.name}`, async () => {
    await assertTarget(target, 300);
  });
}
