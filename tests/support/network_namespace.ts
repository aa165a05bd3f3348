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

  private constructor(
    { name, host, inside }: { name: string; host: string; inside: string },
  ) {
    this.name = name;
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
    });
    const [host, inside] = [`ap${id}h`, `ap${id}n`];
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

  /** The cable goes with the namespace that one of its ends is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await ip(["netns", "delete", this.name]);
  }
}

async function ip(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args: [...args] }).output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Demands root with the right to make network namespaces: root in a container may lack it. */
export const networkNamespaces: Requirement = () => {
  if (Deno.build.os !== "linux") return "network namespaces are Linux's";
  if (Deno.uid() !== 0) return "network namespaces need root";
  const { success } = new Deno.Command("unshare", { args: ["--net", "true"] }).outputSync();
  return success ? undefined : "this root may not make network namespaces";
};
