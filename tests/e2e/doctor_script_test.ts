/**
 * The contract of doctor.sh: from inside a container, by a shell and curl alone, it proves that clients
 * go through the proxy, trust it and would get their credentials, and spends none. What is broken is
 * named, with what mends it; done, it is mended.
 */

import assert from "node:assert/strict";
import { addAgent, basicField } from "../support/agent_command.ts";
import { clientVariables } from "../support/client_variables.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyOptions, ProxyProcess } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { findTool, python, pythonModule, testWith, tool } from "../support/tools.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const secrets = { GITHUB_TOKEN: "ghp_realCredentialOfTheHost0123456789" };
const needs = [tool("curl"), tool("sh"), tool("awk"), tool("sed"), tool("grep")];

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly proxy: ProxyProcess;
  readonly api: Upstream;
  /** What a container is given. */
  readonly variables: Record<string, string>;
}

async function start(options: ProxyOptions = {}): Promise<World> {
  const lab = await Lab.create();
  const api = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
  const proxy = await lab.proxy({ secrets, ...options });
  const envFile = options.secrets === undefined
    ? ["--env-file", proxy.dir.join("secrets.env")]
    : [];
  const variables = await clientVariables(proxy, envFile);
  return { lab, proxy, api, variables, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

/** A folder with what the script needs and the clients that are to be there, nothing else. */
async function toolFolder(dir: TempDir, clients: readonly string[]): Promise<string> {
  const folder = await dir.makeDir("bin");
  const programs = [
    "sh",
    "mktemp",
    "rm",
    "sed",
    "grep",
    "awk",
    "sort",
    "cut",
    "head",
    "tail",
    "cat",
  ];
  for (const name of [...programs, "curl", ...clients]) {
    // Another python3 may be a shell script that looks for one.
    const path = name === "python3" ? python : findTool(name);
    if (path !== undefined) await Deno.symlink(path, `${folder}/${name}`);
  }
  return folder;
}

interface Report {
  readonly code: number;
  readonly output: string;
}

/** As one would: fetched with curl, read by sh. */
async function examine(
  { proxy }: Pick<World, "proxy">,
  variables: Readonly<Record<string, string>>,
  { clients = [] as readonly string[] } = {},
): Promise<Report> {
  await using dir = await TempDir.create();
  const PATH = await toolFolder(dir, clients);
  const url = `${proxy.url}/.well-known/auth-proxy/doctor.sh`;
  const { code, stdout, stderr } = await new Deno.Command(`${PATH}/sh`, {
    args: ["-c", `curl -sS --noproxy '*' ${url} | sh`],
    clearEnv: true,
    env: { PATH, HOME: dir.path, ...variables },
    cwd: dir.path,
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function assertFound({ code, output }: Report, says: RegExp, mend: RegExp): void {
  assert.equal(code, 1, output);
  assert.match(output, says);
  assert.match(output, mend);
  assert.ok(!output.includes(secrets.GITHUB_TOKEN));
}

testWith("in order, every client that is there is said to work, and nothing is sent", {
  needs: [...needs, tool("git"), pythonModule("ssl")],
  fn: async () => {
    await using world = await start();
    const { code, output } = await examine(world, world.variables, {
      clients: ["git", "python3", "wget"],
    });
    // wget reads its CA from no variable: that, and nothing else, is found.
    assert.match(output, /ok +curl: trusts the proxy; at api\.github\.com rule github would add/);
    assert.match(output, /ok +Python urllib: trusts the proxy/);
    assert.match(output, /ok +git: trusts the proxy/);
    if (findTool("wget") !== undefined) {
      assert.match(output, /FAIL +wget: does not trust[^\n]*\n +mend: [^\n]*wgetrc/);
    }
    assert.equal(output.match(/FAIL/g)?.length ?? 0, code === 0 ? 0 : 1, output);
    assert.equal(world.api.requests.length, 0);
  },
});

/** What is broken, how it is said, and what is said to mend it. */
type Case = readonly [
  what: string,
  broken: (world: World) => Record<string, string> | Promise<Record<string, string>>,
  says: RegExp,
  mend: RegExp,
];

function without(variables: Readonly<Record<string, string>>, names: RegExp) {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !names.test(name)));
}

const withProxy = (variables: Record<string, string>, url: string) => ({
  ...variables,
  ...{ https_proxy: url, HTTPS_PROXY: url, http_proxy: url, HTTP_PROXY: url },
});

const cases: readonly Case[] = [
  [
    "no proxy variable",
    ({ variables }) => without(variables, /proxy$/i),
    /FAIL +https_proxy is not set/,
    /mend: set the variables that auth-proxy env prints/,
  ],
  [
    "a wrong port",
    async ({ variables }) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr;
      listener.close();
      return await Promise.resolve(withProxy(variables, `http://127.0.0.1:${port}`));
    },
    /FAIL +nothing answers at http:\/\/127\.0\.0\.1:\d+, which https_proxy names/,
    /mend: correct host and port: this script came from http:\/\/127/,
  ],
  [
    "something else in the proxy's place",
    ({ variables, proxy }) => withProxy(variables, proxy.adminUrl),
    /FAIL +what answers at http:\/\/127\.0\.0\.1:\d+ is not auth-proxy \(status 404\)/,
    /mend: let https_proxy name the proxy/,
  ],
  [
    "spellings that differ",
    ({ variables }) => ({ ...variables, HTTPS_PROXY: "http://127.0.0.1:1" }),
    /FAIL +https_proxy and HTTPS_PROXY differ/,
    /mend: give them one value/,
  ],
  [
    "a folder that is not mounted",
    ({ variables }) => ({ ...variables, SSL_CERT_FILE: "/no/such/ca-bundle.pem" }),
    /FAIL +SSL_CERT_FILE names \/no\/such\/ca-bundle\.pem, which cannot be read here/,
    /mend: mount public\/ of the CA folder there/,
  ],
  [
    "the CA of another proxy",
    async ({ variables, lab }) => {
      const other = await lab.proxy();
      return { ...variables, CURL_CA_BUNDLE: other.bundleFile };
    },
    /FAIL +CURL_CA_BUNDLE names [^\n]*, which does not hold the CA of this proxy/,
    /mend: it is another CA or an old one[\s\S]*FAIL +curl: does not trust the proxy's certificate/,
  ],
  [
    "no trust variable for one client",
    ({ variables }) => without(variables, /^CURL_CA_BUNDLE$|^SSL_CERT_FILE$/),
    /FAIL +curl: does not trust the proxy's certificate/,
    /mend: set CURL_CA_BUNDLE, as auth-proxy env prints it/,
  ],
  [
    "a real credential",
    ({ variables }) => ({ ...variables, GITHUB_TOKEN: "ghp_anotherRealOne0123456789012345678" }),
    /FAIL +GITHUB_TOKEN is set, and is not the placeholder/,
    /mend: take it out of this container/,
  ],
  [
    "a host that goes around the proxy",
    ({ variables }) => ({ ...variables, no_proxy: "localhost,api.github.com" }),
    /FAIL +no_proxy has clients go around the proxy to api\.github\.com/,
    /mend: take it out of no_proxy and NO_PROXY/,
  ],
];

testWith("doctor.sh finds what is broken in a container, and what mends it", {
  needs,
  fn: async (test) => {
    await using world = await start();
    for (const [what, broken, says, mend] of cases) {
      await test.step(what, async () => {
        assertFound(await examine(world, await broken(world)), says, mend);
      });
    }
  },
});

testWith("doctor.sh finds that no token is sent, and a wrong one", {
  needs,
  fn: async () => {
    await using world = await start();
    const { proxy, variables } = world;
    const token = await addAgent(proxy, "box");
    const { port } = proxy;
    await waitUntil(async () => {
      using client = await RawClient.connect(proxy.url);
      const proof = basicField("box", token);
      const answer = await client.openTunnel("api.github.com:443", proof).catch(() => undefined);
      using silent = await RawClient.connect(proxy.url);
      return answer?.status === 200 &&
        (await silent.openTunnel("api.github.com:443")).status === 407;
    }, { what: "the agent is known" });
    for (const user of ["", "box:wrong-token@"]) {
      assertFound(
        await examine(world, withProxy(variables, `http://${user}127.0.0.1:${port}`)),
        /FAIL +the proxy at http:\/\/(\*\*\*@)?127\.0\.0\.1:\d+ does not let this agent in \(407\)/,
        /mend: put the agent name and its token into the URL/,
      );
    }
    const right = withProxy(variables, `http://box:${token}@127.0.0.1:${port}`);
    const { code, output } = await examine(world, right);
    assert.equal(code, 0, output);
    assert.ok(!output.includes(token));
  },
});

testWith("doctor.sh finds a credential that the host does not have", {
  needs,
  fn: async () => {
    await using world = await start({
      secrets: {},
      args: ["--rule", "api.corp.example,X-Key,CORP_KEY"],
    });
    assertFound(
      await examine(world, world.variables),
      /FAIL +curl: api\.corp\.example is refused: [^\n]*CORP_KEY/,
      /mend: mend that on the host: auth-proxy explain GET https:\/\/api\.corp\.example\//,
    );
  },
});

testWith("doctor.sh finds that there is nothing for the agent", {
  needs,
  fn: async () => {
    await using world = await start({ secrets: {} });
    assertFound(
      await examine(world, world.variables),
      /FAIL +the proxy has no credential for this agent at any host/,
      /mend: configure one on the host/,
    );
  },
});

testWith("doctor.sh reads in every shell that there is", {
  needs,
  fn: async () => {
    await using world = await start();
    const response = await fetch(`${world.proxy.url}/.well-known/auth-proxy/doctor.sh`);
    const file = await world.lab.dir.write("doctor.sh", await response.text());
    for (const [program, ...args] of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
      if (program === undefined || findTool(program) === undefined) continue;
      const { success, stderr } = await new Deno.Command(program, { args: [...args, "-n", file] })
        .output();
      assert.ok(success, `${program}: ${new TextDecoder().decode(stderr)}`);
    }
  },
});
