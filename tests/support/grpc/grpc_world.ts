/**
 * A gRPC server in Node, the proxy before it, and clients that get what `auth-proxy env` prints.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { clientVariables } from "../client_variables.ts";
import { type RunningClient, startProgram } from "../clients.ts";
import { Lab } from "../lab.ts";
import { linkNodeModules } from "../node_package.ts";
import type { ProxyProcess } from "../proxy_process.ts";
import { type ServerCertificate, TestRoot } from "../test_pki.ts";
import { waitUntil } from "../wait_until.ts";

export const grpcPackage = "@grpc/grpc-js@1.14.7";
/** Has nothing to do with what is encoded in a message, nor with another test's credential. */
export const credential = "real-credential-of-the-host-0123456789";

/** How the proxy knows the server: by a rule of its own, or as a cluster with a CA of its own. */
export interface GrpcSite {
  readonly name: string;
  /** `HOST:PORT`, as clients name it. */
  readonly target: string;
  settings(lab: Lab): Promise<Settings> | Settings;
  /** Whether the proxy adds a field, which the server must get. */
  readonly injects: boolean;
  /** Options of the server, as @grpc/grpc-js names them. */
  readonly serverOptions?: Readonly<Record<string, number>>;
}

/** Arguments and env file of the proxy, and what the server is like. */
export interface Settings {
  /** PEM: whose clients the server lets in; all if absent. */
  readonly clientCa?: string;
  /** The server's certificate; one of the lab's root if absent. */
  readonly certificate?: ServerCertificate;
  readonly args: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
}

export const ruleSite: GrpcSite = {
  name: "a host with a rule",
  target: "grpc.lab.example:443",
  injects: true,
  settings: () => ({
    args: ["--rule", "grpc.lab.example,Authorization,LAB_TOKEN"],
    secrets: { LAB_TOKEN: credential },
  }),
};

export const talosSite: GrpcSite = {
  name: "a Talos host with its own CA",
  target: "talos.lab.example:50000",
  injects: true,
  settings: ({ rootFile }) => ({
    args: [],
    secrets: { TALOS_HOSTS: "talos.lab.example", TALOS_TOKEN: credential, TALOS_CA: rootFile },
  }),
};

export const talosconfigSite: GrpcSite = {
  name: "a Talos host that demands the client certificate of a talosconfig",
  target: "talos.lab.example:50000",
  injects: false,
  settings: async ({ dir }) => {
    const root = await TestRoot.create("talos");
    const { cert, key } = await root.issue({ names: ["admin"], usage: "clientAuth" });
    const prod = {
      endpoints: ["talos.lab.example"],
      ...{ ca: btoa(root.pem), crt: btoa(cert), key: btoa(key) },
    };
    const file = await dir.write("talosconfig", JSON.stringify({ contexts: { prod } }));
    return {
      clientCa: root.pem,
      certificate: await root.issue({ names: ["talos.lab.example"] }),
      args: ["--talosconfig", file, "--talos-context", "prod"],
      secrets: {},
    };
  },
};

/** What a client says of a case. */
export interface CaseResult {
  readonly name: string;
  readonly ms?: number;
  readonly failure?: string;
}

export class GrpcWorld implements AsyncDisposable {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  readonly #target: string;
  readonly #variables: Record<string, string>;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    { lab, proxy, target, variables, stack }: {
      lab: Lab;
      proxy: ProxyProcess;
      target: string;
      variables: Record<string, string>;
      stack: AsyncDisposableStack;
    },
  ) {
    this.lab = lab;
    this.proxy = proxy;
    this.#target = target;
    this.#variables = variables;
    this.#stack = stack;
  }

  static async create(site: GrpcSite): Promise<GrpcWorld> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    await linkNodeModules(lab.dir, grpcPackage);
    const [host = ""] = site.target.split(":");
    const { clientCa, certificate, ...settings } = await site.settings(lab);
    const { cert, key } = certificate ?? await lab.root.issue({ names: [host] });
    const server = stack.use(startNode("server.mjs", {
      order: {
        modules: lab.dir.path,
        cert,
        key,
        authorization: site.injects ? [`Bearer ${credential}`] : [],
        clientCa,
        options: site.serverOptions,
      },
      env: {},
      lab,
    }));
    await waitUntil(() => server.exited || server.stdout.lines.length > 0, {
      what: "the gRPC server listens",
    });
    const [, port] = /^listening (\d+)$/.exec(server.stdout.lines[0] ?? "") ?? [];
    assert.ok(port !== undefined, `The gRPC server does not start: ${server.stderr.text}`);
    lab.connectTo(site.target, `127.0.0.1:${port}`);
    const proxy = await lab.proxy(settings);
    const variables = await clientVariables(proxy);
    return new GrpcWorld({ lab, proxy, target: site.target, variables, stack: stack.move() });
  }

  /** Runs cases of client.mjs, all of them in one process. */
  async run(cases: readonly string[], target: string = this.#target): Promise<CaseResult[]> {
    await using client = startNode("client.mjs", {
      order: { modules: this.lab.dir.path, target, cases },
      env: this.#variables,
      lab: this.lab,
    });
    const { stdout, stderr } = await client.waitForExit();
    const results: CaseResult[] = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(results.length, cases.length, stdout + stderr);
    return results;
  }

  /** Runs one case, and throws if it fails. */
  async runOne(name: string): Promise<void> {
    assertPassed((await this.run([name]))[0]);
  }

  /** Runs another program as a client. */
  start(command: readonly string[]): RunningClient {
    return startProgram(command, { env: surrounded(this.#variables), dir: this.lab.dir });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export function assertPassed(result: CaseResult | undefined): void {
  assert.equal(result?.failure, undefined, result?.failure);
}

function startNode(
  script: string,
  { order, env, lab }: { order: unknown; env: Record<string, string>; lab: Lab },
): RunningClient {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return startProgram(["node", "--preserve-symlinks", path, JSON.stringify(order)], {
    env: surrounded(env),
    dir: lab.dir,
  });
}

function surrounded(env: Record<string, string>): Record<string, string> {
  return { PATH: Deno.env.get("PATH") ?? "", ...env };
}
