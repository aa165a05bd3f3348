import type { RequestHead } from "../wire/http1_head.ts";
import type { ProxyContext } from "./context.ts";
import type { Route } from "./route.ts";

/**
 * Finds the placeholders in a request head that have no business at its destination: somebody sends
 * on what is taken for a credential.
 *
 * @returns The variables in whose place they stand.
 */
export function findStrayPlaceholders(
  head: RequestHead,
  { route, context }: { route: Route; context: ProxyContext },
): readonly string[] {
  const { canaries, rules } = context;
  const found = canaries.find(head.octets);
  if (found.length === 0) return found;
  return found.filter((variable) => !rules.takesVariable(route.authority.host, variable));
}
