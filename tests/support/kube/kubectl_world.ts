/**
 * kubectl before a proxy that holds a cluster's token, before a stub of that cluster's API server.
 *
 * @module
 */

import { assertInjected } from "../assert_injected.ts";
import {
  type ClientOptions,
  type ClientOutput,
  runClient,
  type RunningClient,
  startClient,
  tryClient,
} from "../clients.ts";
import { kubeApi, type KubeApiOptions } from "../kube_api_stub.ts";
import { Lab } from "../lab.ts";
import type { ProxyOptions, ProxyProcess } from "../proxy_process.ts";
import type { Upstream } from "../upstream.ts";

export const clusterToken = "kube-real-credential-of-the-host";
export const cluster = "prod.k8s.corp:6443";

export interface KubectlOptions {
  readonly stdin?: "piped";
  readonly env?: Readonly<Record<string, string>>;
}

export class KubectlWorld implements AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly proxy: ProxyProcess;

  private constructor(options: { lab: Lab; upstream: Upstream; proxy: ProxyProcess }) {
    this.lab = options.lab;
    this.upstream = options.upstream;
    this.proxy = options.proxy;
  }

  /** @param api Makes the stub's options; the lab's folder is the container's. */
  static async create(
    api: (lab: Lab) => Omit<KubeApiOptions, "token">,
    options: Pick<ProxyOptions, "args"> = {},
  ): Promise<KubectlWorld> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const upstream = await lab.upstream([cluster], kubeApi({ token: clusterToken, ...api(lab) }));
    const proxy = await lab.proxy({
      ...options,
      secrets: { K8S_TOKEN: clusterToken, K8S_HOSTS: cluster },
    });
    stack.move();
    return new KubectlWorld({ lab, upstream, proxy });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }

  /** Runs `kubectl` to its end, which must be a good one. */
  async run(args: readonly string[], options: KubectlOptions = {}): Promise<ClientOutput> {
    return await runClient(command(args), this.#client(options));
  }

  /** Runs `kubectl` to its end, whatever that is. */
  async try(args: readonly string[], options: KubectlOptions = {}): Promise<ClientOutput> {
    return await tryClient(command(args), this.#client(options));
  }

  start(args: readonly string[], options: KubectlOptions = {}): RunningClient {
    return startClient(command(args), this.#client(options));
  }

  /** Every request had the host's token, and nothing of the client's. */
  assertInjected(): void {
    assertInjected(this.upstream, { name: "authorization", value: `Bearer ${clusterToken}` });
  }

  #client(options: KubectlOptions): ClientOptions {
    return { proxy: this.proxy, dir: this.lab.dir, secrets: [clusterToken], ...options };
  }
}

function command(args: readonly string[]): string[] {
  return ["kubectl", `--server=https://${cluster}`, "--token=placeholder", ...args];
}
