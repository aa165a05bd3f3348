import { machineName } from "../ca/machine_name.ts";
import { ProxyError } from "../errors.ts";
import { isLocalName } from "../policy/local_names.ts";
import { formatHop, type ProxyHop } from "../policy/proxy_hop.ts";
import { type Authority, formatAuthority } from "../wire/authority.ts";
import type { OwnListeners } from "./own_listeners.ts";

/**
 * What another proxy is not asked for. It resolves names in our place, so the address guard has no
 * address to look at: what can be told from the name and the port is told here.
 */
export class HopGuard {
  readonly #ownListeners: OwnListeners;
  readonly #machine = machineName().toLowerCase();

  constructor(ownListeners: OwnListeners) {
    this.#ownListeners = ownListeners;
  }

  /**
   * Refuses a name that the other proxy may take for something near it or for us.
   *
   * @param options `named`: a rule is for it, so the operator has said that it may be reached.
   * @throws {ProxyError} `destination_prohibited`.
   */
  check(target: Authority, { hop, named }: { hop: ProxyHop; named: boolean }): void {
    if (named) return;
    const why = this.#refusal(target, hop);
    if (why === undefined) return;
    const text = `${formatAuthority(target)} is refused: ${why}`;
    throw new ProxyError("destination_prohibited", text);
  }

  #refusal(target: Authority, hop: ProxyHop): string | undefined {
    const name = formatHop(hop);
    if (isLocalName(target) || target.host === this.#machine) {
      return `the name means something in the network of the proxy ${name}, which would resolve ` +
        "it; reach it directly with --upstream-no-proxy, or name it in a rule";
    }
    if (this.#ownListeners.usesPort(target.port)) {
      return `this proxy listens on port ${target.port}, and what the name stands for is known to ` +
        `the proxy ${name} alone: it could be this machine; reach it directly with ` +
        "--upstream-no-proxy, or listen on another port";
    }
    return undefined;
  }
}
