/**
 * The contract: a body that only the end of the connection ends is whole only if the upstream said
 * that it ends (RFC 9112 section 9.8); otherwise the client sees that it is not.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { hostOf, RawClient } from "../support/proxy_client.ts";
import { type Handler, Upstream } from "../support/upstream.ts";
import { within } from "../support/wait_until.ts";

/** Passes connections on, and ends what goes to the proxy when it is told: by FIN, without TLS. */
class Cutter implements AsyncDisposable {
  readonly address: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: { hostname: string; port: number };
  readonly #open: Deno.TcpConn[] = [];
  readonly #passing: Promise<void>[] = [];
  #toProxy: Deno.TcpConn | undefined;

  constructor(target: string) {
    const [hostname = "", port] = target.split(":");
    this.#target = { hostname, port: Number(port) };
    this.address = `127.0.0.1:${this.#listener.addr.port}`;
    this.#passing.push(this.#acceptAll());
  }

  async cut(): Promise<void> {
    await this.#toProxy?.closeWrite();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) close(conn);
    await Promise.all(this.#passing);
  }

  async #acceptAll(): Promise<void> {
    try {
      while (true) {
        const proxy = await this.#listener.accept();
        const upstream = await Deno.connect(this.#target);
        this.#open.push(proxy, upstream);
        this.#toProxy = proxy;
        this.#passing.push(pass(proxy, upstream), pass(upstream, proxy));
      }
    } catch {
      // The listener is closed.
    }
  }
}

async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      await to.write(buffer.subarray(0, count));
    }
  } catch {
    // One end is closed, by the proxy or by the test.
  }
  close(from);
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

const destinations = [
  { what: "the default roots", authority: "api.github.com:443" },
  { what: "a CA of its own", authority: "k8s.example.com:6443" },
];

/** A client whose request is answered with half a body, and the means to end the connection. */
async function half(authority: string) {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const end = Promise.withResolvers<void>();
  const handler: Handler = async (exchange) => {
    exchange.closesAfter = true;
    await exchange.write("HTTP/1.1 200 OK\r\n\r\nhalf");
    await end.promise;
  };
  const certificate = await lab.root.issue({ names: [hostOf(authority)] });
  const upstream = stack.use(Upstream.listen({ certificate, handler }));
  stack.defer(() => end.resolve());
  const cutter = stack.use(new Cutter(upstream.address));
  const proxy = await lab.proxy({
    secrets: {
      GITHUB_TOKEN: "ghp_real",
      K8S_HOSTS: "k8s.example.com",
      K8S_TOKEN: "k8s_real",
      K8S_CA: lab.rootFile,
    },
    args: ["--connect-to", `${authority}:${cutter.address}`],
  });
  const ca = await Deno.readTextFile(proxy.caFile);
  const client = stack.use(await RawClient.tunnel(proxy.url, { target: authority, ca }));
  await client.send(`GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const head = await within(client.reader.readHead(), { what: "the head has come" });
  assert.match(head?.startLine ?? "", /^HTTP\/1\.1 200 /);
  const owned = stack.move();
  return {
    cut: () => cutter.cut(),
    end: () => end.resolve(),
    body: async () => {
      let text = "";
      const pieces = client.reader.body(head?.fields ?? [], { untilClose: false });
      for await (const bytes of pieces) text += new TextDecoder().decode(bytes);
      return text;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

for (const { what, authority } of destinations) {
  Deno.test(`a connection that ends without close_notify ends no body, with ${what}`, async () => {
    await using exchange = await half(authority);
    await exchange.cut();
    await assert.rejects(
      within(exchange.body(), { what: "the body ends" }),
      /No chunk size|close_notify/,
    );
  });
}

Deno.test("a connection that ends with close_notify ends the body", async () => {
  await using exchange = await half("api.github.com:443");
  exchange.end();
  assert.equal(await within(exchange.body(), { what: "the body ends" }), "half");
});
