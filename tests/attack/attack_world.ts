/**
 * What one family of attacks is made against: the started program with credentials in it, servers that
 * keep whatever reaches them, and the verdict on what an attempt has brought.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyOptions, ProxyProcess } from "../support/proxy_process.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import type { Evidence } from "./attack_case.ts";
import { Loot } from "./loot.ts";
import { secrets } from "./secrets.ts";
import { type WitnessOptions, WitnessServer } from "./witness_server.ts";

export interface ServerPlan extends Omit<WitnessOptions, "certificate"> {
  /** `HOST:PORT` each, as the left half of --connect-to: an absent part stands for any. */
  readonly standsFor: readonly string[];
  /** For its certificate, which every client here trusts; it speaks in clear without any. */
  readonly names?: readonly string[];
}

export interface WorldOptions extends Omit<ProxyOptions, "secrets"> {
  /** Those that come first have precedence in --connect-to. */
  readonly servers: readonly ServerPlan[];
  /** A server that keeps no octets, for floods of them. */
  readonly flooded?: { readonly authority: string; readonly handler: Handler };
}

/** Somebody who wants no harm. */
export interface NormalClient {
  /** `HOST:PORT` */
  readonly authority: string;
  /** More field lines for the CONNECT head. */
  readonly connectFields?: string;
}

/** All that the admin API shows, even to the operator, and something that is not there. */
const adminPaths = [
  "healthz",
  "readyz",
  "metrics",
  "admin/rules",
  "admin/agents",
  "admin/audit?limit=1000",
  "admin/status",
  "admin/version",
  "admin/ca.pem",
  "",
  "dashboard/main.js",
  "admin/ca-bundle.pem",
  "admin/truststore.p12",
  "nothing",
];

export class AttackWorld implements AsyncDisposable {
  readonly proxy: ProxyProcess;
  /** The roots that the attacker trusts, PEM: the proxy's, and the one of all servers. */
  readonly ca: string;
  readonly loot = new Loot(secrets);
  readonly #servers: readonly WitnessServer[];
  readonly #upstream: Upstream | undefined;
  /** How much of what each server received, and how many of its connections, have been judged. */
  readonly #judged = new Map<WitnessServer, { length: number; connections: number }>();
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: {
      proxy: ProxyProcess;
      ca: string;
      servers: readonly WitnessServer[];
      upstream: Upstream | undefined;
      stack: AsyncDisposableStack;
    },
  ) {
    this.proxy = parts.proxy;
    this.ca = parts.ca;
    this.#servers = parts.servers;
    this.#upstream = parts.upstream;
    this.#stack = parts.stack;
  }

  static async start({ servers: plans, flooded, ...options }: WorldOptions): Promise<AttackWorld> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const servers: WitnessServer[] = [];
    const connectTo: string[] = [];
    for (const { names, standsFor, ...plan } of plans) {
      const certificate = names && await lab.root.issue({ names });
      const server = stack.use(
        WitnessServer.listen({ ...plan, ...certificate && { certificate } }),
      );
      servers.push(server);
      for (const from of standsFor) connectTo.push("--connect-to", `${from}:${server.address}`);
    }
    const upstream = flooded && await lab.upstream([flooded.authority], flooded.handler);
    const args = [...connectTo, ...options.args ?? []];
    const proxy = await lab.proxy({ ...options, secrets, args });
    const ca = await Deno.readTextFile(proxy.caFile) + lab.root.pem;
    return new AttackWorld({ proxy, ca, servers, upstream, stack: stack.move() });
  }

  /** How many octets the flooded server's last answer has got rid of. */
  get lastAnswerLength(): number {
    return this.#upstream?.requests.at(-1)?.sentBytes ?? 0;
  }

  server(name: string): WitnessServer {
    const found = this.#servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`There is no server ${name}`);
    return found;
  }

  /** Every way in which the attacker has succeeded since the last verdict, in words. */
  judge({ received, gained = [] }: Evidence): string[] {
    const problems = [...gained];
    for (const secret of this.loot.findIn(received)) problems.push(`The attacker has ${secret}`);
    for (const server of this.#servers) {
      const before = this.#judged.get(server) ?? { length: 0, connections: 0 };
      this.#judged.set(server, {
        length: server.received.length,
        connections: server.connections,
      });
      problems.push(...this.#strayIn(server, server.received.slice(before.length)));
      if (server.isForbidden && server.connections > before.connections) {
        problems.push(`Server ${server.name} has been reached`);
      }
    }
    if (this.proxy.exited) problems.push(`The proxy has died: ${this.proxy.stderr}`);
    return problems;
  }

  /**
   * Throws if a secret has turned up where none belongs in all the time: at a server, however late or
   * cut in pieces, in what the proxy prints or shows, or in what the system knows of its process.
   */
  async assertNothingLeaked(): Promise<void> {
    const problems = this.#servers.flatMap((server) => this.#strayIn(server, server.received));
    for (const [place, text] of await this.#publicTexts()) {
      for (const secret of this.loot.findIn(text)) problems.push(`${place} holds ${secret}`);
    }
    assert.deepEqual(problems, []);
  }

  /** Throws unless a client that wants no harm is served. */
  async assertServes(client: string | NormalClient): Promise<void> {
    const normal = typeof client === "string" ? { authority: client } : client;
    const { authority: target, ...options } = normal;
    using tunnel = await RawClient.tunnel(this.proxy.url, { target, ca: this.ca, ...options });
    const response = await tunnel.get("/normal", `Host: ${target}\r\n`);
    assert.equal(response.status, 200, response.body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #strayIn(server: WitnessServer, text: string): string[] {
    const { name, mayHold, malformed, isReachedBlind } = server;
    const stray = this.loot.findIn(text).filter((secret) => !mayHold.includes(secret));
    const problems = stray.map((secret) => `Server ${name} has ${secret}`);
    // Octets that nobody has read on the way are not the proxy's.
    if (mayHold.length > 0 && !isReachedBlind) {
      problems.push(...malformed.map((text) => `Server ${name}: ${text}`));
    }
    return problems;
  }

  async #publicTexts(): Promise<[place: string, text: string][]> {
    const { proxy } = this;
    const texts: [string, string][] = [["stdout", proxy.stdout], ["stderr", proxy.stderr]];
    const token = (await Deno.readTextFile(`${proxy.caDir}/private/admin-token`)).trim();
    const authorization = `Bearer ${token}`;
    for (const path of adminPaths) {
      for (const accept of ["application/json", "text/plain"]) {
        const headers = { accept, authorization };
        const response = await fetch(`${proxy.adminUrl}/${path}`, { headers });
        const fields = JSON.stringify([...response.headers]);
        texts.push([`admin /${path} as ${accept}`, fields + await response.text()]);
      }
    }
    if (Deno.build.os === "linux") {
      for (const file of ["environ", "cmdline", "status"]) {
        texts.push([`/proc/PID/${file}`, await Deno.readTextFile(`/proc/${proxy.pid}/${file}`)]);
      }
    }
    return texts;
  }
}
