import { classifyAddress, parseIpLiteral } from "../wire/ip_address.ts";

/**
 * The listeners of this process, which nobody may reach through it: an agent could otherwise read
 * the admin API, or make the proxy call itself for ever.
 */
export class OwnListeners {
  readonly #ports = new Set<number>();

  add(port: number): void {
    this.#ports.add(port);
  }

  /** Whether a listener of ours is on that port, of whatever address. */
  usesPort(port: number): boolean {
    return this.#ports.has(port);
  }

  /**
   * Tells whether a connection to the address would end at one of our listeners. Any address of this
   * machine counts, whichever of them the listener is bound to.
   */
  includes(address: string, port: number): boolean {
    if (!this.#ports.has(port)) return false;
    const bare = canonical(address);
    const addressClass = classifyAddress(bare);
    if (addressClass === "loopback" || addressClass === "unspecified") return true;
    return machineAddresses().has(bare);
  }
}

function machineAddresses(): Set<string> {
  return new Set(Deno.networkInterfaces().map(({ address }) => canonical(address)));
}

const mapped = "::ffff:";

/** The one spelling of an address: without a zone, an IPv4-mapped one as IPv4. */
function canonical(address: string): string {
  const bare = address.split("%")[0] ?? address;
  const text = parseIpLiteral(bare)?.text ?? bare;
  return text.startsWith(mapped) && text.includes(".") ? text.slice(mapped.length) : text;
}
