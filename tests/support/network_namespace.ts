/**
 * A network namespace that is joined to this machine by one cable, and to nothing else (Linux,
 * root): the container whose only route is the proxy.
 *
 * @module
 */

import type { Requirement } from "./tools.ts";

export class NetworkNamespace implements AsyncDisposable {
  readonly name: string;
  /** This machine's address on the cable. */
  readonly hostAddress: string;
  /** The address of the other end. */
  readonly insideAddress: string;
  /** What to put before a command so that it runs inside. */
  readonly prefix: readonly string[];
  /** This machine's end of the cable. */
  readonly #hostInterface: string;
  #hasTable = false;

  private constructor(
    { name, host, inside, hostInterface }: {
      name: string;
      host: string;
      inside: string;
      hostInterface: string;
    },
  ) {
    this.name = name;
    this.#hostInterface = hostInterface;
    this.hostAddress = host;
    this.insideAddress = inside;
    this.prefix = ["ip", "netns", "exec", name];
  }

  static async create(): Promise<NetworkNamespace> {
    // Interface names have at most 15 characters; the addresses are of RFC 2544's test range.
    const [a = 0, b = 0, c = 0, d = 0] = crypto.getRandomValues(new Uint8Array(4));
    const id = [a, b, c, d].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const subnet = `198.${18 + (a & 1)}.${b}`;
    const base = c & 0xfc;
    const namespace = new NetworkNamespace({
      name: `ap-${id}`,
      host: `${subnet}.${base + 1}`,
      inside: `${subnet}.${base + 2}`,
      hostInterface: `ap${id}h`,
    });
    const [host, inside] = [namespace.#hostInterface, `ap${id}n`];
    await ip(["netns", "add", namespace.name]);
    try {
      await ip(["link", "add", host, "type", "veth", "peer", "name", inside]);
      await ip(["link", "set", inside, "netns", namespace.name]);
      await ip(["address", "add", `${namespace.hostAddress}/30`, "dev", host]);
      await ip(["link", "set", host, "up"]);
      const within = ["-n", namespace.name];
      await ip([...within, "address", "add", `${namespace.insideAddress}/30`, "dev", inside]);
      await ip([...within, "link", "set", inside, "up"]);
      await ip([...within, "link", "set", "lo", "up"]);
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }
    return namespace;
  }

  /** Gives the namespace an address of its own, on its loopback. */
  async addAddress(address: string): Promise<void> {
    await ip(["-n", this.name, "address", "add", address, "dev", "lo"]);
  }

  /** Sends everything that leaves the namespace to this machine, by name or by address. */
  async routeToHost(hosts: Readonly<Record<string, string>>): Promise<void> {
    await ip(["-n", this.name, "route", "add", "default", "via", this.hostAddress]);
    await Deno.mkdir(this.#etc, { recursive: true });
    const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    await Deno.writeTextFile(`${this.#etc}/hosts`, `127.0.0.1 localhost\n${lines.join("")}`);
  }

  /** Has this machine's firewall turn what comes from the namespace to ports of its own. */
  async redirect(ports: readonly (readonly [original: number, own: number])[]): Promise<void> {
    const rules = ports.map(([original, own]) =>
      `iifname "${this.#hostInterface}" tcp dport ${original} redirect to :${own}`
    );
    await run("nft", [
      `table ip ${this.name} {
        chain turn {
          type nat hook prerouting priority dstnat
          ${rules.join("\n")}
        }
      }`,
    ]);
    this.#hasTable = true;
  }

  /** The cable goes with the namespace that one of its ends is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasTable) await run("nft", ["delete", "table", "ip", this.name]);
    await ip(["netns", "delete", this.name]);
    await Deno.remove(this.#etc, { recursive: true }).catch(() => {});
  }

  /** `ip netns exec` puts the files in it in the place of those in /etc. */
  get #etc(): string {
    return `/etc/netns/${this.name}`;
  }
}

async function ip(args: readonly string[]): Promise<void> {
  await run("ip", args);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

/** Demands root with the right to make network namespaces: root in a container may lack it. */
export const networkNamespaces: Requirement = () => {
  if (Deno.build.os !== "linux") return "network namespaces are Linux's";
  if (Deno.uid() !== 0) return "network namespaces need root";
  const { success } = new Deno.Command("unshare", { args: ["--net", "true"] }).outputSync();
  return success ? undefined : "this root may not make network namespaces";
};
