/**
 * The contract: a program that holds no credential, and is given nothing but the proxy and CA
 * variables, calls a real service unchanged. The service sees the right header exactly once, with
 * the value that only the proxy's env file holds.
 */

import assert from "node:assert/strict";
import { assertInjected } from "../support/assert_injected.ts";
import { type ClientOptions, runClient, startClient } from "../support/clients.ts";
import { createRepository, git, gitHttpBackend, identity } from "../support/git_http_backend.ts";
import { kubeApi } from "../support/kube_api_stub.ts";
import { Lab } from "../support/lab.ts";
import { nodePackage } from "../support/node_package.ts";
import { python, pythonModule, testWith, tool } from "../support/tools.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const kubeToken = "kube-real-credential-of-the-host";
const user = { login: "octocat", id: 1 };
const userUrl = "https://api.github.com/user";

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly client: ClientOptions;
}

/** A proxy with GITHUB_TOKEN in its env file, before an upstream that stands for the API. */
async function githubWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await Lab.create());
  const upstream = await lab.upstream(["api.github.com:443"], json(user));
  const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
  const owned = stack.move();
  return {
    lab,
    upstream,
    client: { proxy, dir: lab.dir, secrets: [token] },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Runs `command` against the API: it prints the answer, and the upstream saw the credential. */
async function assertGetsThrough(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using world = await githubWorld();
  const { stdout } = await runClient(command, { ...world.client, env });
  assert.match(stdout, /octocat/);
  assertInjected(world.upstream, { name: "authorization", value: `Bearer ${token}` });
}

testWith("curl calls the API", {
  needs: [tool("curl")],
  fn: () => assertGetsThrough(["curl", "--silent", "--show-error", "--fail", userUrl]),
});

testWith("curl's own Authorization is replaced", {
  needs: [tool("curl")],
  fn: () =>
    assertGetsThrough(["curl", "-sS", "--fail", "-H", "Authorization: Bearer mine", userUrl]),
});

testWith("wget calls the API", {
  needs: [tool("wget")],
  fn: async () => {
    await using world = await githubWorld();
    // wget takes its CA from no variable, only from its configuration.
    const config = `ca_certificate = ${world.client.proxy.bundleFile}\n`;
    const env = { WGETRC: await world.lab.dir.write("wgetrc", config) };
    const command = ["wget", "--quiet", "--output-document=-", userUrl];
    const { stdout } = await runClient(command, { ...world.client, env });
    assert.match(stdout, /octocat/);
    assertInjected(world.upstream, { name: "authorization", value: `Bearer ${token}` });
  },
});

testWith("gh api user works with a placeholder token", {
  needs: [tool("gh")],
  fn: () => assertGetsThrough(["gh", "api", "user"], { GH_TOKEN: "placeholder" }),
});

testWith("Python requests calls the API", {
  needs: [pythonModule("requests")],
  fn: () =>
    assertGetsThrough([
      python,
      "-c",
      `import requests
r = requests.get("${userUrl}", timeout=30)
r.raise_for_status()
print(r.json()["login"])`,
    ]),
});

testWith("Python httpx calls the API", {
  needs: [pythonModule("httpx")],
  fn: () =>
    assertGetsThrough([
      python,
      "-c",
      `import httpx
r = httpx.get("${userUrl}", timeout=30)
r.raise_for_status()
print(r.json()["login"])`,
    ]),
});

testWith("Node's fetch calls the API through undici's EnvHttpProxyAgent", {
  needs: [tool("node")],
  fn: async () => {
    const script = `
      const { EnvHttpProxyAgent, setGlobalDispatcher } = require(process.argv[1]);
      setGlobalDispatcher(new EnvHttpProxyAgent());
      fetch("${userUrl}").then((response) => response.text()).then(console.log);`;
    await assertGetsThrough(["node", "-e", script, await nodePackage("undici@6.29.1")]);
  },
});

testWith("git clones and pushes over https", {
  needs: [tool("git")],
  fn: async () => {
    await using lab = await Lab.create();
    const root = await lab.dir.makeDir("repositories");
    await createRepository(root, { name: "demo.git", files: { "README.md": "first\n" } });
    const upstream = await lab.upstream(["github.com:443"], gitHttpBackend({ root, token }));
    const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: token } });
    const client = {
      proxy,
      dir: lab.dir,
      secrets: [token],
      env: { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_SYSTEM: "/dev/null" },
    };

    await runClient(["git", "clone", "https://github.com/demo.git", "work"], client);
    assert.equal(await Deno.readTextFile(lab.dir.join("work", "README.md")), "first\n");

    // Over http.postBuffer (1 MiB) git sends the pack chunked, after a probe of four bytes.
    const noise = crypto.getRandomValues(new Uint8Array(64 * 1024));
    for (let part = 0; part < 40; part++) {
      noise[0] = part;
      await Deno.writeFile(lab.dir.join("work", `part${part}`), noise);
      crypto.getRandomValues(noise);
    }
    await runClient(["git", "-C", "work", "add", "."], client);
    await runClient(["git", "-C", "work", ...identity, "commit", "-qm", "second"], client);
    await runClient(["git", "-C", "work", "push", "origin", "HEAD:main"], client);

    const log = await git(["-C", `${root}/demo.git`, "log", "--format=%s", "main"]);
    assert.equal(log, "second\nfirst\n");
    const uploads = upstream.requests.filter((request) => request.path.endsWith("receive-pack"));
    assert.ok(uploads.some((request) => request.values("transfer-encoding").includes("chunked")));
    assertInjected(upstream, {
      name: "authorization",
      value: `Basic ${btoa(`x-access-token:${token}`)}`,
    });
  },
});

testWith("kubectl lists pods and follows a log", {
  needs: [tool("kubectl")],
  fn: async () => {
    await using lab = await Lab.create();
    const printed: (() => string)[] = [];
    const upstream = await lab.upstream(
      ["prod.k8s.corp:6443"],
      kubeApi({ token: kubeToken, logLines: () => linesOnceSeen(printed) }),
    );
    const proxy = await lab.proxy({
      secrets: { K8S_TOKEN: kubeToken, K8S_HOSTS: "prod.k8s.corp" },
    });
    const client = { proxy, dir: lab.dir, secrets: [kubeToken] };
    const kubectl = ["kubectl", "--server=https://prod.k8s.corp:6443", "--token=placeholder"];

    const { stdout } = await runClient([...kubectl, "get", "pods"], client);
    assert.match(stdout, /^NAME\s+STATUS\s*\nweb\s+Running\s*$/m);

    await using follower = startClient([...kubectl, "logs", "-f", "web"], client);
    printed.push(() => follower.stdout.text);
    const output = await follower.waitForExit();
    assert.equal(output.code, 0, output.stderr);
    assert.equal(output.stdout, "line 1\nline 2\nline 3\n");
    assertInjected(upstream, { name: "authorization", value: `Bearer ${kubeToken}` });
  },
});

/** Log lines, each sent only after the client has printed the one before: no buffering allowed. */
async function* linesOnceSeen(printed: readonly (() => string)[]): AsyncGenerator<string> {
  for (let line = 1; line <= 3; line++) {
    await waitUntil(() => line === 1 || printed[0]?.().includes(`line ${line - 1}\n`) === true, {
      what: `kubectl prints line ${line - 1}`,
    });
    yield `line ${line}`;
  }
}
