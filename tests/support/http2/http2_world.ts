/**
 * A service that speaks HTTP/2, the proxy before it, and a port that leads there through a tunnel.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type ClientOptions, type RunningClient, startProgram } from "../clients.ts";
import { ConnectTunnel } from "../connect_tunnel.ts";
import { Lab } from "../lab.ts";
import type { ProxyProcess } from "../proxy_process.ts";
import type { ServerCertificate } from "../test_pki.ts";
import { waitUntil } from "../wait_until.ts";
import { serveDeno } from "./deno_server.ts";
import { startNginx } from "./nginx_server.ts";

export type ServerKind = "nginx" | "Node" | "Deno";

export const host = "api.lab.example";
const token = "real-credential-of-the-host-0123456789";
const authorization = `Bearer ${token}`;

/** Octets of `/download/SIZE`, whichever server answers. */
export function downloadOf(size: number): Uint8Array {
  const octets = new Uint8Array(size);
  octets.set(new TextEncoder().encode("0123456789abcdef").subarray(0, size));
  for (let filled = 16; filled < size; filled *= 2) octets.copyWithin(filled, 0, size - filled);
  return octets;
}

export class Http2World implements AsyncDisposable {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  /** Leads to the service through the proxy. */
  readonly tunnelPort: number;
  readonly client: ClientOptions;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    { lab, proxy, tunnelPort, stack }: {
      lab: Lab;
      proxy: ProxyProcess;
      tunnelPort: number;
      stack: AsyncDisposableStack;
    },
  ) {
    this.lab = lab;
    this.proxy = proxy;
    this.tunnelPort = tunnelPort;
    this.client = { proxy, dir: lab.dir, secrets: [token] };
    this.#stack = stack;
  }

  /** @param downloads Sizes under `/download/`; nginx has no others. */
  static async create(kind: ServerKind, downloads: readonly number[] = []): Promise<Http2World> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const certificate = await lab.root.issue({ names: [host] });
    const port = await startServer(kind, { lab, certificate, downloads, stack });
    lab.connectTo(`${host}:443`, `127.0.0.1:${port}`);
    const proxy = await lab.proxy({
      args: ["--rule", `${host},Authorization,LAB_TOKEN`],
      secrets: { LAB_TOKEN: token },
    });
    const tunnel = stack.use(ConnectTunnel.listen(proxy.url, `${host}:443`));
    return new Http2World({ lab, proxy, tunnelPort: tunnel.port, stack: stack.move() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Starts a script of this folder in Node; its only argument is `order`. */
export function startNode(
  script: string,
  { order, lab }: { order: unknown; lab: Lab },
): RunningClient {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return startProgram(["node", path, JSON.stringify(order)], {
    env: { PATH: Deno.env.get("PATH") ?? "" },
    dir: lab.dir,
  });
}

async function startServer(
  kind: ServerKind,
  { lab, certificate, downloads, stack }: {
    lab: Lab;
    certificate: ServerCertificate;
    downloads: readonly number[];
    stack: AsyncDisposableStack;
  },
): Promise<number> {
  if (kind === "nginx") {
    const files = Object.fromEntries(downloads.map((size) => [String(size), downloadOf(size)]));
    return stack.use(await startNginx(lab, { certificate, authorization, files })).port;
  }
  if (kind === "Deno") {
    const server = serveDeno(certificate, authorization);
    stack.defer(() => server.shutdown());
    return server.addr.port;
  }
  const server = stack.use(
    startNode("node_server.mjs", { order: { ...certificate, authorization }, lab }),
  );
  await waitUntil(() => server.exited || server.stdout.lines.length > 0, {
    what: "the HTTP/2 server listens",
  });
  const [, port] = /^listening (\d+)$/.exec(server.stdout.lines[0] ?? "") ?? [];
  assert.ok(port !== undefined, `The HTTP/2 server does not start: ${server.stderr.text}`);
  return Number(port);
}
