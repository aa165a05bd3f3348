/**
 * HAProxy with the configuration of deploy/, its addresses replaced.
 *
 * @module
 */

import { TempDir } from "./temp_dir.ts";
import { TextCollector } from "./text_collector.ts";
import { waitUntil } from "./wait_until.ts";
import { writeAll } from "./write_all.ts";

const shipped = new URL("../../deploy/haproxy/haproxy.cfg", import.meta.url);

/** Where one replica is reached: both `HOST:PORT`. */
export interface Replica {
  readonly proxy: string;
  readonly admin: string;
}

export class HaProxy implements AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly #socket: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: { url: string; socket: string; stack: AsyncDisposableStack }) {
    this.url = parts.url;
    this.#socket = parts.socket;
    this.#stack = parts.stack;
  }

  /** Starts it, and waits until it sends clients to both. */
  static async start(replicas: { one: Replica; two: Replica }): Promise<HaProxy> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.create());
    const socket = dir.join("s");
    const address = `127.0.0.1:${freePort()}`;
    const text = edited(await Deno.readTextFile(shipped), [
      ["/run/haproxy/admin.sock", socket],
      ["0.0.0.0:8080", address],
      ["inter 1s", "inter 200ms"],
      ["10.0.0.11:8080 check port 8081", `${replicas.one.proxy} check addr ${addr(replicas.one)}`],
      ["10.0.0.12:8080 check port 8081", `${replicas.two.proxy} check addr ${addr(replicas.two)}`],
    ]);
    const config = await dir.write("haproxy.cfg", text);
    const child = new Deno.Command("haproxy", {
      args: ["-db", "-f", config],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const stderr = new TextCollector(child.stderr);
    let exited = false;
    void child.status.then(() => exited = true);
    stack.defer(async () => {
      if (!exited) child.kill("SIGKILL");
      await Promise.all([child.status, stderr.ended]);
    });
    const haproxy = new HaProxy({ url: `http://${address}`, socket, stack });
    try {
      for (const name of ["one", "two"]) {
        await waitUntil(async () => exited || await haproxy.isUp(name), {
          what: `HAProxy knows that ${name} is ready`,
        });
      }
      if (exited) throw new Error("HAProxy has ended");
    } catch (error) {
      throw new Error(`Cannot start HAProxy:\n${stderr.text}`, { cause: error });
    }
    return new HaProxy({ url: haproxy.url, socket, stack: stack.move() });
  }

  /** Whether it sends clients to that server. */
  async isUp(name: string): Promise<boolean> {
    const row = (await this.#statistics()).find(([, server]) => server === name);
    // It says "no check" until it has looked once.
    return row !== undefined && /^UP/.test(row[17] ?? "") && /^L7OK/.test(row[36] ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** The lines of `show stat`, by column. */
  async #statistics(): Promise<string[][]> {
    try {
      using connection = await Deno.connect({ transport: "unix", path: this.#socket });
      await writeAll(connection, "show stat\n");
      const text = await new Response(connection.readable).text();
      return text.split("\n").map((line) => line.split(","));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      if (error instanceof Deno.errors.ConnectionRefused) return [];
      throw error;
    }
  }
}

function addr({ admin }: Replica): string {
  const { hostname, port } = new URL(`http://${admin}`);
  return `${hostname} port ${port}`;
}

/** Replaces each of these once; throws if one is not there. */
function edited(text: string, changes: readonly (readonly [string, string])[]): string {
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${shipped.pathname} has no ${from}`);
    text = text.replace(from, to);
  }
  return text;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
