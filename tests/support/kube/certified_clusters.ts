/**
 * Clusters that know their clients by certificate, one proxy that has the certificates, and kubectl with
 * nothing but the kubeconfig that the proxy prints for containers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CertificateFront } from "../certificate_front.ts";
import { fingerprintOf } from "../certificate_server.ts";
import { type RunningClient, startProgram } from "../clients.ts";
import { kubeApi, type KubeApiOptions } from "../kube_api_stub.ts";
import { kubeconfigArgs, type KubeContext } from "../kubeconfig.ts";
import { Lab } from "../lab.ts";
import { type ProxyProcess, runProxyToExit } from "../proxy_process.ts";
import { TestRoot } from "../test_pki.ts";
import { Upstream } from "../upstream.ts";

export interface CertifiedCluster {
  readonly front: CertificateFront;
  readonly api: Upstream;
  /** SHA-256 of the certificate that the cluster's user has. */
  readonly fingerprint: string;
}

export class CertifiedClusters implements AsyncDisposable {
  readonly clusters: ReadonlyMap<string, CertifiedCluster>;
  readonly proxy: ProxyProcess;
  /** What the proxy printed for containers. */
  readonly kubeconfig: string;
  readonly #lab: Lab;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    options: Pick<CertifiedClusters, "clusters" | "proxy" | "kubeconfig"> & {
      lab: Lab;
      env: Readonly<Record<string, string>>;
    },
  ) {
    this.clusters = options.clusters;
    this.proxy = options.proxy;
    this.kubeconfig = options.kubeconfig;
    this.#lab = options.lab;
    this.#env = options.env;
  }

  /** @param api Makes the options of each cluster's stub. */
  static async create(
    names: readonly string[],
    api: (name: string, lab: Lab) => KubeApiOptions,
  ): Promise<CertifiedClusters> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const clusters = new Map<string, CertifiedCluster>();
    const contexts: KubeContext[] = [];
    for (const name of names) {
      const { cluster, context } = await addCluster(name, { lab, api: api(name, lab) });
      clusters.set(name, cluster);
      contexts.push(context);
    }
    const args = await kubeconfigArgs(lab.dir, contexts);
    const proxy = await lab.proxy({ args });
    const printed = await runProxyToExit(
      ["kubeconfig", ...args, "--ca-dir", proxy.caDir, "--proxy-url", proxy.url],
      { dir: lab.dir },
    );
    assert.equal(printed.code, 0, printed.stderr);
    const env = {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: await lab.dir.makeDir("kube-home"),
      KUBECONFIG: await lab.dir.write("container-kubeconfig", printed.stdout),
    };
    stack.move();
    return new CertifiedClusters({ clusters, proxy, kubeconfig: printed.stdout, lab, env });
  }

  cluster(name: string): CertifiedCluster {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`There is no cluster ${name}`);
    return cluster;
  }

  kubectl(name: string, args: readonly string[]): RunningClient {
    return startProgram(["kubectl", "--context", name, ...args], {
      env: this.#env,
      dir: this.#lab.dir,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }
}

async function addCluster(
  name: string,
  { lab, api }: { lab: Lab; api: KubeApiOptions },
): Promise<{ cluster: CertifiedCluster; context: KubeContext }> {
  const host = `${name}.k8s.corp`;
  const root = await TestRoot.create(`${name} root`);
  const clients = await TestRoot.create(`${name} clients`);
  const user = await clients.issue({ names: ["admin"], usage: "clientAuth" });
  const stub = lab.plainUpstream([`${name}.plain.corp:80`], kubeApi(api));
  const front = await CertificateFront.listen({
    certificate: await root.issue({ names: [host] }),
    clientCa: clients.pem,
    upstream: stub.address,
  });
  lab.standIn([`${host}:6443`], { address: front.address, server: front });
  return {
    cluster: { front, api: stub, fingerprint: fingerprintOf(user.cert) },
    context: {
      name,
      cluster: {
        server: `https://${host}:6443`,
        "certificate-authority-data": btoa(root.pem),
      },
      user: {
        "client-certificate-data": btoa(user.cert),
        "client-key-data": btoa(user.key),
      },
      namespace: "default",
    },
  };
}
