/**
 * The contract (I6) where names decide: every address that a name has is looked at, each time that it
 * is asked for, and only what has been looked at is dialled.
 *
 * In a network namespace that owns the addresses that are attacked, so that a dial is seen there, and
 * with an /etc/hosts that changes as the attacker's DNS would. Needs root.
 */

import assert from "node:assert/strict";
import { NetworkNamespace, networkNamespaces } from "../support/network_namespace.ts";
import { ProxyProcess } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TextCollector } from "../support/text_collector.ts";
import { testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";
import { knock, otherPlaces, type Way } from "./reach_cases.ts";

const publicAddress = "93.184.215.14";
const metadata = "169.254.169.254";
const forbidden = [metadata, "10.0.0.1", "192.168.0.1", "100.64.0.1", "fd00:ec2::254", "fc00::1"];
const ways: readonly Way[] = ["CONNECT", "http://", "SOCKS", "Host"];

/** What a name has for addresses, as /etc/hosts says it. */
const names: readonly (readonly [name: string, addresses: readonly string[]])[] = [
  ["public.test", [publicAddress]],
  ["metadata.test", [metadata]],
  ["loopback.test", ["127.0.0.1"]],
  ["loopback6.test", ["::1"]],
  ["mapped.test", ["::ffff:169.254.169.254"]],
  ["private.test", ["10.0.0.1"]],
  ["private6.test", ["fd00:ec2::254"]],
  ["first.test", [metadata, publicAddress]],
  ["second.test", [publicAddress, metadata]],
  ["both.test", ["fd00:ec2::254", publicAddress, "10.0.0.1"]],
];

function hostsFile(entries: typeof names): string {
  return entries.flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`))
    .join("");
}

/** Prints the address at which each connection arrives, and answers it. */
const canaryProgram = `
const listener = Deno.listen({ hostname: "::", port: 80 });
console.log("ready");
for await (const connection of listener) {
  console.log("reached " + connection.localAddr.hostname);
  await connection.read(new Uint8Array(4096));
  await connection.write(new TextEncoder().encode("HTTP/1.0 200 OK\\r\\n\\r\\nreached"));
  connection.close();
}`;

/** All the addresses in the namespace at once, and who has come to which of them. */
class Canary implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: TextCollector;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = new TextCollector(child.stdout);
  }

  static async start(namespace: NetworkNamespace, dir: TempDir): Promise<Canary> {
    const [program = "", ...args] = [...namespace.prefix, Deno.execPath(), "run", "--allow-net"];
    const script = await dir.write("canary.js", canaryProgram);
    const command = new Deno.Command(program, { args: [...args, script], stdout: "piped" });
    const canary = new Canary(command.spawn());
    await waitUntil(() => canary.#output.lines.includes("ready"), { what: "the canary listens" });
    return canary;
  }

  /** The addresses that have been reached, each time that they were. */
  get reached(): string[] {
    const lines = this.#output.lines.filter((line) => line.startsWith("reached "));
    return lines.map((line) => line.slice("reached ".length).replace("::ffff:", ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await Promise.all([this.#child.status, this.#output.ended]);
  }
}

testWith("attack: reach what is forbidden by names, and by names that change", {
  needs: [networkNamespaces, tool("ip"), tool("mount")],
  fn: async () => {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.create());
    const namespace = stack.use(await NetworkNamespace.create());
    for (const address of [publicAddress, ...forbidden]) await namespace.addAddress(address);
    const hosts = await dir.write("hosts", hostsFile([...names, ["change.test", [publicAddress]]]));
    const canary = stack.use(await Canary.start(namespace, dir));
    const proxy = stack.use(
      await ProxyProcess.start({
        listen: `${namespace.insideAddress}:0`,
        args: ["--allow-unauthenticated", "--limit", "connect-timeout=2s"],
        // ip has given the process mounts of its own.
        prefix: [...namespace.prefix, "sh", "-c", 'mount --bind "$0" /etc/hosts; exec "$@"', hosts],
      }),
    );
    const world = { proxy, ca: "" };

    for (const way of ways) {
      for (const [host] of names) await knock(world, { host, port: 80, way });
      for (const [, host] of otherPlaces) await knock(world, { host, port: 80, way });
      await knock(world, { host: "change.test", port: 80, way });
    }
    // The control is in it: of the names, those with a public address are reached, and there alone.
    const publicNames = names.filter(([, addresses]) => addresses.includes(publicAddress));
    const expected = ways.length * (publicNames.length + 1);
    assert.deepEqual(canary.reached, Array(expected).fill(publicAddress));

    await Deno.writeTextFile(hosts, hostsFile([["change.test", [metadata]]]));
    // An answer may be used again for a while, but then at the address that was looked at.
    for (const way of ways) {
      await waitUntil(async () => {
        const { received } = await knock(world, { host: "change.test", port: 80, way });
        return / 403 /.test(new TextDecoder().decode(received));
      }, { what: "the new address is refused", deadlineMs: 30_000 });
    }
    assert.deepEqual(canary.reached.filter((address) => address !== publicAddress), []);
  },
});
