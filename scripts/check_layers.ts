/**
 * Checks what the compiler cannot: the order of the layers (design.md, section 3), import cycles, the
 * purity of wire and policy, the one place that reveals a secret, and that certificates are verified.
 *
 * Run: `deno run -A scripts/check_layers.ts [ROOT]`. Prints `file:line message` and exits 1 for each
 * violation.
 *
 * @module
 */

import { checkReveal, checkVerification } from "./layers/forbidden_uses.ts";
import { checkCycles } from "./layers/import_cycles.ts";
import { checkOrder } from "./layers/layer_order.ts";
import { checkPurity } from "./layers/purity.ts";
import { readSourceTree } from "./layers/source_tree.ts";
import { report, type Violation } from "./violation.ts";

/** Every violation in main.ts and src below `root`. */
export async function checkLayers(root: string): Promise<Violation[]> {
  const tree = await readSourceTree(root);
  const violations = [...checkCycles(tree), ...checkReveal(tree)];
  for (const file of tree.files.values()) {
    violations.push(...checkOrder(file), ...checkPurity(tree, file), ...checkVerification(file));
  }
  return violations;
}

if (import.meta.main) {
  Deno.exit(report(await checkLayers(Deno.args[0] ?? Deno.cwd())));
}
