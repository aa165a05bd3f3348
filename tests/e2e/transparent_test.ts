/**
 * The contract: clients in a container that know of no proxy at all are turned to it by a firewall
 * (nftables, in a namespace of their own), on ports 443, 80 and 6443. They get what a rule gives them, are
 * known by their address, and reach nothing that policy denies.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { waitForAuditLine } from "../support/audit_lines.ts";
import { type ClientOptions, runClient, tryClient } from "../support/clients.ts";
import { kubeApi } from "../support/kube_api_stub.ts";
import { Lab } from "../support/lab.ts";
import { NetworkNamespace, networkNamespaces } from "../support/network_namespace.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const kubeToken = "kube-real-credential-of-the-host";
const userUrl = "https://api.github.com/user";
const needs = [networkNamespaces, tool("ip"), tool("nft")];
/** Where the client believes the services to be: nothing is there. */
const elsewhere = "203.0.113.80";

interface World extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly plain: Upstream;
  readonly proxy: ProxyProcess;
  readonly client: ClientOptions;
}

async function world(authority: string, handler: Handler): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const namespace = stack.use(await NetworkNamespace.create());
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], handler);
  const plain = lab.plainUpstream(["other.example:80"], json({ host: "plain" }));
  const config = await lab.dir.write(
    "auth-proxy.yaml",
    `agents: { box: { addresses: [${namespace.insideAddress}] } }
egress: { deny: [{ host: denied.example }] }
`,
  );
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: token, K8S_TOKEN: kubeToken, K8S_HOSTS: "prod.k8s.corp" },
    listen: `${namespace.hostAddress}:0`,
    args: ["--config", config, "--transparent", `${namespace.hostAddress}:0=6443`],
  });
  const [, kubePort] = /transparent=[\d.]+:(\d+)=6443/.exec(proxy.stdout) ?? [];
  await namespace.routeToHost({
    "api.github.com": elsewhere,
    "other.example": elsewhere,
    "denied.example": elsewhere,
    "prod.k8s.corp": elsewhere,
  });
  await namespace.redirect([[443, proxy.port], [80, proxy.port], [6443, Number(kubePort)]]);
  const client = {
    proxy,
    dir: lab.dir,
    secrets: [token, kubeToken],
    proxyUrl: null,
    prefix: namespace.prefix,
  };
  const owned = stack.move();
  return { upstream, plain, proxy, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

testWith("turned to the proxy, curl and Python get the credential and never know", {
  needs: [...needs, tool("curl"), pythonModule("requests")],
  fn: async () => {
    await using w = await world("api.github.com:443", json({ login: "octocat" }));
    const { stdout } = await runClient(["curl", "-sS", "--fail", userUrl], w.client);
    assert.match(stdout, /octocat/);
    const script = `import requests; print(requests.get("${userUrl}", timeout=30).text)`;
    assert.match((await runClient([python, "-c", script], w.client)).stdout, /octocat/);
    assert.equal(w.upstream.requests.length, 2);
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${token}` });
    await waitForAuditLine(w.proxy, {
      what: "the agent's request",
      matches: ({ kind, agent, proof, rule }) =>
        kind === "exchange" && agent === "box" && proof === "address" && rule === "github",
    });
  },
});

testWith("turned to the proxy, clear HTTP goes where its Host says, and nowhere that is denied", {
  needs: [...needs, tool("curl")],
  fn: async () => {
    await using w = await world("api.github.com:443", json({}));
    const get = (url: string) => tryClient(["curl", "-sS", url], w.client);
    assert.match((await get("http://other.example/")).stdout, /plain/);
    assert.match((await get("http://denied.example/")).stdout, /egress_denied/);
    assert.match((await get("https://denied.example/")).stdout, /egress_denied/);
    assert.match((await get("http://169.254.169.254/latest/")).stdout, /destination_prohibited/);
    // Without a name in SNI it is taken for a client of the proxy itself, whose certificate it refuses.
    assert.equal((await get(`https://${elsewhere}/`)).code, 60);
    assert.equal(w.plain.requests.length, 1);
    assert.equal(w.upstream.requests.length, 0);
  },
});

testWith("turned to the proxy at 6443, kubectl lists pods", {
  needs: [...needs, tool("kubectl")],
  fn: async () => {
    async function* logLines(): AsyncGenerator<string> {
      yield "line 1";
    }
    await using w = await world("prod.k8s.corp:6443", kubeApi({ token: kubeToken, logLines }));
    const { stdout } = await runClient([
      ...["kubectl", "--server=https://prod.k8s.corp:6443", "--token=placeholder"],
      ...[`--certificate-authority=${w.proxy.bundleFile}`, "get", "pods"],
    ], w.client);
    assert.match(stdout, /web\s+Running/);
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${kubeToken}` });
  },
});
