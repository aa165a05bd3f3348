/** What this machine is called, for people who look at a trust store; empty if we may not ask. */
export function machineName(): string {
  try {
    return Deno.hostname();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return "";
    throw error;
  }
}
