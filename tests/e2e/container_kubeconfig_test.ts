/**
 * The contract: with the kubeconfig that `auth-proxy kubeconfig` prints, and nothing else in its
 * environment, kubectl works; there is no credential in it.
 */

import assert from "node:assert/strict";
import { kubeApi } from "../support/kube_api_stub.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { Lab } from "../support/lab.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TestRoot } from "../support/test_pki.ts";
import { testWith, tool } from "../support/tools.ts";

const token = "token-of-the-production-cluster";

async function kubectl(args: readonly string[], { kubeconfig, home }: {
  kubeconfig: string;
  home: string;
}) {
  const { code, stdout, stderr } = await new Deno.Command("kubectl", {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, KUBECONFIG: kubeconfig },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

testWith("kubectl get pods works with what `auth-proxy kubeconfig` prints", {
  needs: [tool("kubectl")],
  fn: async () => {
    await using lab = await Lab.create();
    const root = await TestRoot.create("cluster");
    const api = kubeApi({ token });
    const certificate = await root.issue({ names: ["kubernetes.default"] });
    const upstream = await lab.upstream(["prod.k8s.corp:6443"], api, { certificate });
    await lab.upstream(["staging.k8s.corp:6443"], api);
    const args = await kubeconfigArgs(lab.dir, [
      {
        name: "prod",
        cluster: {
          server: "https://prod.k8s.corp:6443",
          "tls-server-name": "kubernetes.default",
          "certificate-authority-data": btoa(root.pem),
        },
        user: { token },
        namespace: "default",
      },
      {
        name: "staging",
        cluster: { server: "https://staging.k8s.corp:6443" },
        user: { username: "admin", password: "password-of-the-staging-cluster" },
      },
    ]);
    const proxy = await lab.proxy({ args });
    const printed = await runProxyToExit(
      ["kubeconfig", ...args, "--ca-dir", proxy.caDir, "--proxy-url", proxy.url],
      { dir: lab.dir },
    );
    assert.equal(printed.code, 0, printed.stderr);
    assert.ok(!/token-of|password-of/.test(printed.stdout));
    const kubeconfig = await lab.dir.write("container", printed.stdout);
    const home = await lab.dir.makeDir("kube-home");
    const pods = await kubectl(["get", "pods"], { kubeconfig, home });
    assert.match(pods.stdout, /^NAME\s+STATUS\s*\nweb\s+Running\s*$/m, pods.stderr);
    assert.equal(pods.code, 0);
    assert.ok(
      upstream.requests.every((request) =>
        request.values("authorization").join() === `Bearer ${token}`
      ),
    );
    // Refused by the cluster itself: the proxy put that cluster's credential on the request.
    const other = await kubectl(["--context", "staging", "get", "pods"], { kubeconfig, home });
    assert.match(other.stderr, /Unauthorized|must be logged in/);
    const contexts = await kubectl(["config", "get-contexts"], { kubeconfig, home });
    assert.match(contexts.stdout, /^\*\s+prod\s+prod-cluster\s+prod-user\s+default\s*$/m);
    assert.match(contexts.stdout, /^\s+staging\s+staging-cluster\s+staging-user\s*$/m);
  },
});
