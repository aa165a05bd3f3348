import { parseHost } from "./authority.ts";
import { classifyAddress } from "./ip_address.ts";

/** Whether a listener on that host can be reached from this machine alone. */
export function isLoopback(hostname: string): boolean {
  const { kind, host } = parseHost(hostname);
  return kind === "name" ? host === "localhost" : classifyAddress(host) === "loopback";
}
