/**
 * One test's world: a root that the proxy trusts, upstreams in the place of real services, the
 * proxy before them. Everything is gone when the scope ends.
 *
 * @module
 */

import { Http2Upstream, type StreamHandler } from "./http2_upstream.ts";
import { hostOf } from "./proxy_client.ts";
import { type ProxyOptions, ProxyProcess } from "./proxy_process.ts";
import { TempDir } from "./temp_dir.ts";
import { type ServerCertificate, TestRoot } from "./test_pki.ts";
import { type Handler, Upstream } from "./upstream.ts";

export interface LabUpstreamOptions {
  /** The certificate to show; one for the authorities' hosts, from the lab's root, if not given. */
  readonly certificate?: ServerCertificate;
}

export class Lab implements AsyncDisposable {
  readonly root: TestRoot;
  /** The root's certificate as a file. */
  readonly rootFile: string;
  readonly dir: TempDir;
  readonly #stack: AsyncDisposableStack;
  readonly #connectTo: string[] = [];

  private constructor(
    options: { root: TestRoot; rootFile: string; dir: TempDir; stack: AsyncDisposableStack },
  ) {
    this.root = options.root;
    this.rootFile = options.rootFile;
    this.dir = options.dir;
    this.#stack = options.stack;
  }

  static async create(): Promise<Lab> {
    const root = await TestRoot.create("test root");
    const stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.create());
    const rootFile = await dir.write("root.pem", root.pem);
    return new Lab({ root, rootFile, dir, stack });
  }

  /** A TLS upstream that stands for `authorities` (each `HOST:PORT`). */
  async upstream(
    authorities: readonly string[],
    handler: Handler,
    options: LabUpstreamOptions = {},
  ): Promise<Upstream> {
    const names = [...new Set(authorities.map(hostOf))];
    const certificate = options.certificate ?? await this.root.issue({ names });
    return this.#register(authorities, Upstream.listen({ certificate, handler }));
  }

  /** Something that listens on `address` (`HOST:PORT`) and stands for `authorities`. */
  standIn<T extends AsyncDisposable>(
    authorities: readonly string[],
    { address, server }: { address: string; server: T },
  ): T {
    for (const authority of authorities) this.connectTo(authority, address);
    return this.#stack.use(server);
  }

  /** A TLS upstream that speaks HTTP/2 alone and stands for `authorities`. */
  async http2Upstream(
    authorities: readonly string[],
    handler: StreamHandler,
    settings: readonly (readonly [number, number])[] = [],
  ): Promise<Http2Upstream> {
    const certificate = await this.root.issue({ names: [...new Set(authorities.map(hostOf))] });
    return this.#register(authorities, Http2Upstream.listen({ certificate, handler, settings }));
  }

  /** An upstream without TLS that stands for `authorities` (each `HOST:PORT`). */
  plainUpstream(authorities: readonly string[], handler: Handler): Upstream {
    return this.#register(authorities, Upstream.listen({ handler }));
  }

  /** Lets whatever listens on `address` stand for `authority`, both `HOST:PORT`. */
  connectTo(authority: string, address: string): void {
    this.#connectTo.push(`${authority}:${address}`);
  }

  /** What has a proxy trust the root and reach every upstream made so far. */
  get args(): readonly string[] {
    const mappings = this.#connectTo.flatMap((mapping) => ["--connect-to", mapping]);
    return ["--upstream-ca", this.rootFile, ...mappings];
  }

  /** Starts the proxy so that it trusts the root and reaches every upstream made so far. */
  async proxy(options: ProxyOptions = {}): Promise<ProxyProcess> {
    const args = [...this.args, ...options.args ?? []];
    const proxy = await ProxyProcess.start({ ...options, args });
    return this.#stack.use(proxy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #register<T extends AsyncDisposable & { readonly address: string }>(
    authorities: readonly string[],
    upstream: T,
  ): T {
    for (const authority of authorities) this.connectTo(authority, upstream.address);
    return this.#stack.use(upstream);
  }
}
