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

  /**
   * Tells whether a connection to the address would end at one of our listeners. Any address of this
   * machine counts, whichever of them the listener is bound to.
   */
  includes(address: string, port: number): boolean {
    if (!this.#ports.has(port)) return false;
    const addressClass = classifyAddress(address);
    if (addressClass === "loopback" || addressClass === "unspecified") return true;
    return machineAddresses().has(canonical(address));
  }
}

function machineAddresses(): Set<string> {
  return new Set(Deno.networkInterfaces().map(({ address }) => canonical(address)));
}

/** The one spelling of an address: without a zone, an IPv4-mapped one as IPv4. */
function canonical(address: string): string {
  const bare = address.split("%")[0] ?? address;
  const text = parseIpLiteral(bare)?.text ?? bare;
  return text.startsWith("::ffff:") ? mappedIpv4(text) : text;
}

function mappedIpv4(text: string): string {
  const tail = text.slice("::ffff:".length);
  if (tail.includes(".")) return tail;
  const [high = 0, low = 0] = tail.split(":").map((group) => parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
