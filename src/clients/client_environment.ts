import { type ClientNeeds, clientVariables, valueOf } from "./client_variables.ts";

/**
 * The variables that let any client of the table through the proxy and trust it, by name.
 *
 * @param needs.placeholders What stands in the place of each credential, by its variable.
 */
export function clientEnvironment(
  needs: ClientNeeds & { readonly placeholders: ReadonlyMap<string, string> },
): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const name of clientVariables) {
    const value = valueOf(name, needs);
    if (value !== undefined) environment.set(name, value);
  }
  for (const [name, value] of needs.placeholders) environment.set(name, value);
  return environment;
}
