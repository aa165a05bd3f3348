import { machineName } from "../ca/machine_name.ts";
import { parseHost } from "../wire/authority.ts";
import { classifyAddress } from "../wire/ip_address.ts";

/** By these a client on the same machine, or in a container on it, calls a listener. */
const usualNames = ["localhost", "127.0.0.1", "::1", "host.docker.internal"];

/**
 * The hosts that clients may call a listener by: what its certificate is for.
 *
 * @param hostname What it listens on; for a wildcard, all addresses that this machine has.
 * @param names What the operator says that clients call it by, too.
 */
export function listenerHosts(hostname: string, names: readonly string[] = []): string[] {
  const { host, kind } = parseHost(hostname);
  const isWildcard = kind !== "name" && classifyAddress(host) === "unspecified";
  const own = isWildcard ? Deno.networkInterfaces().map(({ address }) => address) : [host];
  const hosts = [...usualNames, machineName(), ...names, ...own].flatMap((name) =>
    canonical(name) ?? []
  );
  return [...new Set(hosts)];
}

function canonical(name: string): string | undefined {
  try {
    return parseHost(name).host;
  } catch {
    // A machine may have a name that no certificate can hold.
    return undefined;
  }
}
