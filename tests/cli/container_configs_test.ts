import assert from "node:assert/strict";
import { containerKubeconfig } from "../../src/cli/container_kubeconfig.ts";
import { containerTalosconfig } from "../../src/cli/container_talosconfig.ts";
import { Secret } from "../../src/secrets/secret.ts";
import type { ClusterAccess, ShownContext } from "../../src/services/cluster_access.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";

function access(context: string, shown: ShownContext): ClusterAccess {
  return {
    service: "server" in shown ? "kubernetes" : "talos",
    file: "/config",
    context,
    user: "u",
    hosts: [],
    trustAnchors: "their CA",
    serverName: "internal.name",
    credential: {
      kind: "fixed",
      token: new Secret("t", "sesame"),
      basic: { user: "sesame-user", password: new Secret("p", "sesame") },
    },
    shown,
  };
}

function kube(context: string, cluster: string, server: string): ClusterAccess {
  return access(context, { cluster, user: "u", server, namespace: "web" });
}

Deno.test("containerKubeconfig() repeats names, servers and namespaces, with our CA and no credential", () => {
  const made = containerKubeconfig([kube("prod", "c", "https://a:1/p")], {
    caPem: "our CA",
    proxyUrl: "http://p:8080",
  });
  assert.deepEqual(made, {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "c",
      cluster: {
        server: "https://a:1/p",
        "certificate-authority-data": btoa("our CA"),
        "proxy-url": "http://p:8080",
      },
    }],
    users: [{ name: "u", user: { token: "placeholder" } }],
    contexts: [{ name: "prod", context: { cluster: "c", user: "u", namespace: "web" } }],
    "current-context": "prod",
  });
});

Deno.test("containerKubeconfig() keeps two clusters of one name apart", () => {
  const made = JSON.stringify(containerKubeconfig([
    kube("prod", "kubernetes", "https://a:1"),
    kube("dev", "kubernetes", "https://b:1"),
    kube("prod2", "kubernetes", "https://a:1"),
    access("talos", { endpoints: ["x"], nodes: [] }),
  ], { caPem: "" }));
  const { clusters, contexts } = JSON.parse(made);
  const servers = clusters.map((each: { name: string; cluster: { server: string } }) =>
    `${each.name} ${each.cluster.server}`
  );
  assert.deepEqual(servers, ["kubernetes https://a:1", "kubernetes (dev) https://b:1"]);
  assert.deepEqual(
    contexts.map((each: { context: { cluster: string } }) => each.context.cluster),
    ["kubernetes", "kubernetes (dev)", "kubernetes"],
  );
  assert.ok(!made.includes("sesame") && !made.includes("proxy-url"));
});

Deno.test("containerTalosconfig() has no crt, no key and none of a kubeconfig's contexts", () => {
  const made = containerTalosconfig([
    kube("prod", "c", "https://a:1"),
    access("talos", { endpoints: ["x:1"], nodes: ["y"], targetCluster: "t" }),
  ], { caPem: "our CA" });
  assert.deepEqual(made, {
    context: "talos",
    contexts: {
      talos: { endpoints: ["x:1"], nodes: ["y"], ca: btoa("our CA"), cluster: "t" },
    },
  });
});

Deno.test("kubeconfig and talosconfig say what is missing, print nothing and exit 2", async () => {
  await using dir = await TempDir.create();
  for (
    const [command, flag] of [["kubeconfig", "--kube-context"], ["talosconfig", "--talos-context"]]
  ) {
    const args = [command ?? "", flag ?? "", "a", "--ca-dir", dir.join("ca")];
    const { code, stdout, stderr } = await runProxyToExit(args, { dir });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      new RegExp(`^auth-proxy: ${flag}: Cannot tell where it is: give --${command}`),
    );
    assert.match(stderr, new RegExp(`^auth-proxy: --${command}: Cannot do without it`, "m"));
  }
});

Deno.test("`auth-proxy kubeconfig` quotes what is no text to YAML 1.1, which kubectl reads", async () => {
  await using dir = await TempDir.create();
  const context = { name: "on", cluster: { server: "https://a:1" }, user: { token: "sesame" } };
  const args = await kubeconfigArgs(dir, [{ ...context, namespace: "no" }]);
  const { code, stdout, stderr } = await runProxyToExit(["kubeconfig", ...args], { dir });
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^ {2}- name: "on"\n.*\n.*\n.*\n {6}namespace: "no"\ncurrent-context: "on"$/m,
  );
});
