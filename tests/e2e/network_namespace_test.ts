/**
 * The contract: a container whose only route is the proxy, and that holds nothing but an agent
 * token, does its work: the proxy is all that it can reach, and all that it needs.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { type ClientOptions, runClient, tryClient } from "../support/clients.ts";
import { createRepository, gitHttpBackend } from "../support/git_http_backend.ts";
import { kubeApi } from "../support/kube_api_stub.ts";
import { Lab } from "../support/lab.ts";
import { NetworkNamespace, networkNamespaces } from "../support/network_namespace.ts";
import { nodePackage } from "../support/node_package.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import type { Handler, Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const kubeToken = "kube-real-credential-of-the-host";
const agentToken = "agent-token-for-the-tests-0123456789abcdef";
const userUrl = "https://api.github.com/user";
const needs = [networkNamespaces, tool("ip")];

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly client: ClientOptions;
}

/** A namespace, the proxy at the host's end of its cable, an upstream behind the proxy. */
async function world(
  authority: string,
  makeHandler: (lab: Lab) => Promise<Handler> | Handler,
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const namespace = stack.use(await NetworkNamespace.create());
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream([authority], await makeHandler(lab));
  const tokenFile = await lab.dir.write("agent.token", `${agentToken}\n`);
  const proxy = await lab.proxy({
    secrets: { GITHUB_TOKEN: token, K8S_TOKEN: kubeToken, K8S_HOSTS: "prod.k8s.corp" },
    listen: `${namespace.hostAddress}:0`,
    args: ["--agent-token-file", tokenFile],
  });
  const client = {
    proxy,
    dir: lab.dir,
    secrets: [token, kubeToken],
    proxyUrl: `http://agent:${agentToken}@${namespace.hostAddress}:${proxy.port}`,
    prefix: namespace.prefix,
  };
  const owned = stack.move();
  return { lab, upstream, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

testWith("in a namespace curl reaches the API through the proxy, and nothing without it", {
  needs: [...needs, tool("curl")],
  fn: async () => {
    await using w = await world("api.github.com:443", () => json({ login: "octocat" }));
    const { stdout } = await runClient(["curl", "-sS", "--fail", userUrl], w.client);
    assert.match(stdout, /octocat/);
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${token}` });

    // 7: could not connect. Neither another network nor the upstream's own port is in reach.
    for (const address of ["203.0.113.1:443", w.upstream.address]) {
      const direct = ["curl", "-sS", "--noproxy", "*", `https://${address}/`];
      assert.equal((await tryClient(direct, w.client)).code, 7);
    }
    const { proxyUrl: _, ...withoutToken } = w.client;
    const refused = await tryClient(["curl", "-sS", userUrl], withoutToken);
    assert.match(refused.stderr, /407/);
    assert.equal(w.upstream.requests.length, 1);
  },
});

testWith("in a namespace git clones and pushes through the proxy", {
  needs: [...needs, tool("git")],
  fn: async () => {
    await using w = await world("github.com:443", async (lab) => {
      const root = await lab.dir.makeDir("repositories");
      await createRepository(root, { name: "demo.git", files: { "README.md": "first\n" } });
      return gitHttpBackend({ root, token });
    });
    const env = { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_SYSTEM: "/dev/null" };
    const clone = ["git", "clone", "https://github.com/demo.git", "work"];
    await runClient(clone, { ...w.client, env });
    assert.equal(await Deno.readTextFile(w.lab.dir.join("work", "README.md")), "first\n");
    const inWork = ["git", "-C", "work"];
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    const commit = [...inWork, ...identity, "commit", "--allow-empty", "-qm", "second"];
    await runClient(commit, { ...w.client, env });
    await runClient([...inWork, "push", "-q", "origin", "HEAD:main"], { ...w.client, env });
    assert.ok(w.upstream.requests.some(({ path }) => path.endsWith("git-receive-pack")));
    const value = `Basic ${btoa(`x-access-token:${token}`)}`;
    assertInjected(w.upstream, { name: "authorization", value });
  },
});

testWith("in a namespace Python reaches the API through the proxy", {
  needs: [...needs, pythonModule("requests")],
  fn: async () => {
    await using w = await world("api.github.com:443", () => json({ login: "octocat" }));
    const script = `import requests
r = requests.get("${userUrl}", timeout=30)
r.raise_for_status()
print(r.json()["login"])`;
    const { stdout } = await runClient([python, "-c", script], w.client);
    assert.equal(stdout, "octocat\n");
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${token}` });
  },
});

const nodeScript = `
  const { EnvHttpProxyAgent, setGlobalDispatcher } = require(process.argv[1]);
  setGlobalDispatcher(new EnvHttpProxyAgent());
  fetch("${userUrl}").then((response) => response.text()).then(console.log);`;

const moreClients = [
  {
    name: "gh",
    needs: tool("gh"),
    command: () => ["gh", "api", "user"],
    env: { GH_TOKEN: "placeholder" },
  },
  {
    name: "Python httpx",
    needs: pythonModule("httpx"),
    command: () => [python, "-c", `import httpx; print(httpx.get("${userUrl}", timeout=30).text)`],
    env: {},
  },
  {
    name: "Node",
    needs: tool("node"),
    command: async () => ["node", "-e", nodeScript, await nodePackage("undici@6.29.1")],
    env: {},
  },
];

for (const { name, needs: program, command, env } of moreClients) {
  testWith(`in a namespace ${name} reaches the API through the proxy`, {
    needs: [...needs, program],
    fn: async () => {
      await using w = await world("api.github.com:443", () => json({ login: "octocat" }));
      const { stdout } = await runClient(await command(), { ...w.client, env });
      assert.match(stdout, /octocat/);
      assertInjected(w.upstream, { name: "authorization", value: `Bearer ${token}` });
    },
  });
}

testWith("in a namespace wget reaches the API through the proxy", {
  needs: [...needs, tool("wget")],
  fn: async () => {
    await using w = await world("api.github.com:443", () => json({ login: "octocat" }));
    // wget takes its CA from no variable, only from its configuration.
    const config = `ca_certificate = ${w.client.proxy.bundleFile}\n`;
    const env = { WGETRC: await w.lab.dir.write("wgetrc", config) };
    const { stdout } = await runClient(["wget", "-qO-", userUrl], { ...w.client, env });
    assert.match(stdout, /octocat/);
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${token}` });
  },
});

testWith("in a namespace kubectl lists pods and follows a log through the proxy", {
  needs: [...needs, tool("kubectl")],
  fn: async () => {
    async function* logLines(): AsyncGenerator<string> {
      yield* ["line 1", "line 2"];
    }
    await using w = await world(
      "prod.k8s.corp:6443",
      () => kubeApi({ token: kubeToken, logLines }),
    );
    const kubectl = ["kubectl", "--server=https://prod.k8s.corp:6443", "--token=placeholder"];
    assert.match((await runClient([...kubectl, "get", "pods"], w.client)).stdout, /web\s+Running/);
    const { stdout } = await runClient([...kubectl, "logs", "-f", "web"], w.client);
    assert.equal(stdout, "line 1\nline 2\n");
    assertInjected(w.upstream, { name: "authorization", value: `Bearer ${kubeToken}` });
  },
});
