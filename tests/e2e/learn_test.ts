/**
 * The contract: from the audit log of a run of real clients comes a policy under which the same run
 * passes, in the fixtures and in the proxy, and requests outside it do not.
 */

import assert from "node:assert/strict";
import { type ClientOptions, runClient } from "../support/clients.ts";
import { createRepository, gitHttpBackend } from "../support/git_http_backend.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { type ProxyProcess, runProxyToExit } from "../support/proxy_process.ts";
import { testWith, tool } from "../support/tools.ts";
import { TempDir } from "../support/temp_dir.ts";
import type { Handler } from "../support/upstream.ts";

const secrets = {
  GITHUB_TOKEN: "ghp_realCredentialOfTheHost0123456789",
  NPM_TOKEN: "npm_realCredentialOfTheHost0123456789",
};

/** A registry with one package. */
async function registry(dir: TempDir): Promise<Handler> {
  const source = await dir.makeDir("tiny");
  const manifest = { name: "tiny-package", version: "1.0.0", main: "index.js" };
  await Deno.writeTextFile(`${source}/package.json`, JSON.stringify(manifest));
  await Deno.writeTextFile(`${source}/index.js`, "module.exports = 42;\n");
  const archive = dir.join("tiny.tgz");
  // As npm packs: everything in a folder of that name.
  await Deno.rename(source, dir.join("package"));
  const command = { args: ["-czf", archive, "-C", dir.path, "package"] };
  assert.ok((await new Deno.Command("tar", command).output()).success);
  const octets = await Deno.readFile(archive);
  const tarball = "https://registry.npmjs.org/tiny-package/-/tiny-package-1.0.0.tgz";
  const version = { ...manifest, dist: { tarball } };
  return async (exchange) => {
    const { path } = exchange.request;
    if (path === "/tiny-package") {
      const { name } = manifest;
      const versions = { "1.0.0": version };
      await exchange.respondJson({ name, "dist-tags": { latest: "1.0.0" }, versions });
    } else if (path.endsWith(".tgz")) {
      await exchange.respond({ body: octets });
    } else await exchange.respondJson({});
  };
}

const api: Handler = async (exchange) => {
  await exchange.respondJson({ login: "octocat", id: 1 });
};

/** What the clients do, each in a home of its own. */
async function run(proxy: ProxyProcess): Promise<void> {
  await using dir = await TempDir.create();
  const client: ClientOptions = { proxy, dir, secrets: Object.values(secrets) };
  await runClient(["git", "clone", "--quiet", "https://github.com/demo.git", "work"], client);
  const { stdout } = await runClient(["gh", "api", "user"], {
    ...client,
    env: { GH_TOKEN: "placeholder" },
  });
  assert.match(stdout, /octocat/);
  await runClient(
    ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "tiny-package"],
    {
      ...client,
      env: { npm_config_cafile: proxy.bundleFile, npm_config_update_notifier: "false" },
    },
  );
  assert.equal(
    await Deno.readTextFile(dir.join("node_modules/tiny-package/index.js")),
    "module.exports = 42;\n",
  );
}

const outside: readonly (readonly [string, string, string])[] = [
  ["GET", "api.github.com", "/user/repos"],
  ["POST", "api.github.com", "/user"],
  ["DELETE", "api.github.com", "/repos/a/b"],
  ["GET", "api.github.com", "/"],
  ["GET", "github.com", "/other.git/info/refs"],
  ["POST", "github.com", "/demo.git/git-receive-pack"],
  ["PUT", "registry.npmjs.org", "/tiny-package"],
  ["GET", "registry.npmjs.org", "/other-package"],
  ["GET", "registry.npmjs.org", "/-/whoami"],
  ["GET", "uploads.github.com", "/user"],
];

testWith("what is learned from a run of git, gh and npm allows that run, and nothing else", {
  needs: [tool("git"), tool("gh"), tool("npm"), tool("tar")],
  fn: async () => {
    await using lab = await Lab.create();
    const root = await lab.dir.makeDir("repositories");
    await createRepository(root, { name: "demo.git", files: { "README.md": "first\n" } });
    const backend = gitHttpBackend({ root, token: secrets.GITHUB_TOKEN });
    const upstreams = [
      await lab.upstream(["github.com:443"], backend),
      await lab.upstream(["api.github.com:443", "uploads.github.com:443"], api),
      await lab.upstream(["registry.npmjs.org:443"], await registry(lab.dir)),
    ];
    const audit = lab.dir.join("audit", "a.jsonl");
    const recording = await lab.proxy({ secrets, args: ["--audit-file", audit] });
    await run(recording);
    await recording.stop();

    const fixtures = lab.dir.join("fixtures.yaml");
    const learned = await runProxyToExit(["learn", audit, "--fixtures", fixtures], {
      dir: lab.dir,
    });
    assert.equal(learned.code, 0, learned.stderr);
    const policy = await lab.dir.write("learned.yaml", learned.stdout);
    console.log(learned.stdout);

    const env = await lab.dir.write(
      "all.env",
      Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`).join(""),
      { mode: 0o600 },
    );
    const withPolicy = ["--config", policy, "--env-file", env];
    const checked = await runProxyToExit(["check", ...withPolicy], { dir: lab.dir });
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    const replayed = await runProxyToExit(["test", fixtures, ...withPolicy], { dir: lab.dir });
    assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
    assert.match(replayed.stdout, /[1-9]\d* passed, 0 failed\n$/);
    const refusals = outside.map(([method, host, path]) =>
      `- ${method} https://${host}${path} -> deny\n`
    );
    const denying = await lab.dir.write("outside.yaml", refusals.join(""));
    const held = await runProxyToExit(["test", denying, ...withPolicy], { dir: lab.dir });
    assert.equal(held.code, 0, held.stdout + held.stderr);
    assert.match(held.stdout, /10 passed, 0 failed\n$/);

    const enforcing = await lab.proxy({ secrets, args: ["--config", policy] });
    await run(enforcing);
    const seen = upstreams.map(({ requests }) => requests.length);
    const ca = await Deno.readTextFile(enforcing.caFile);
    for (const [method, host, path] of outside) {
      using client = await RawClient.connect(enforcing.url);
      const { status } = await client.openTunnel(`${host}:443`);
      if (status === 403) continue;
      assert.equal(status, 200);
      using inside = await client.startTls(host, ca);
      await inside.send(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal((await inside.receive({ method })).status, 403, `${method} ${host}${path}`);
    }
    assert.deepEqual(upstreams.map(({ requests }) => requests.length), seen);
  },
});

Deno.test("learn writes what was refused as comments, and takes no line that is none of an audit log", async () => {
  await using dir = await TempDir.create();
  const line = (rest: Record<string, unknown>) =>
    JSON.stringify({ time: "2026-11-25T00:00:00.000Z", kind: "exchange", ...rest }) + "\n";
  const audit = await dir.write(
    "a.jsonl",
    line({ method: "GET", authority: "a.example:443", path: "/x?q=*", decision: "allow" }) +
      line({
        method: "GET",
        authority: "b.example:443",
        path: "/y",
        decision: "deny",
        reason: "no\nallow: [*]",
      }) +
      line({ kind: "tunnel", method: "CONNECT", authority: "c.example:443", decision: "allow" }) +
      line({
        kind: "tunnel",
        method: "CONNECT",
        authority: "a.example:443",
        decision: "allow",
        decrypted: true,
      }) +
      line({ kind: "alarm", authority: "d.example:443" }),
  );
  const { stdout } = await runProxyToExit(["learn", audit], { dir });
  assert.equal(
    stdout,
    `egress:
  default: deny
  rule_hosts: listed
  allow:
    - { host: a.example, port: 443, methods: [ GET ], path: /x }
    - { host: c.example, port: 443 }

# was refused: GET b.example:443/y: no?allow: [*]
`,
  );
  const bad = await dir.write("b.jsonl", "not JSON\n");
  const refused = await runProxyToExit(["learn", bad], { dir });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /b\.jsonl:1: Cannot read this line: it is none of an audit log/);
});

Deno.test("learn does not allow what failed before it had left the proxy", async () => {
  await using dir = await TempDir.create();
  const failed = (rest: Record<string, unknown>) =>
    JSON.stringify({ kind: "exchange", method: "GET", path: "/x", decision: "error", ...rest }) +
    "\n";
  const audit = await dir.write(
    "a.jsonl",
    failed({ authority: "mistyped.example:443", reason: "its name does not resolve" }) +
      failed({ authority: "slow.example:443", upstream: "192.0.2.1:443", reason: "no answer" }),
  );
  const { stdout } = await runProxyToExit(["learn", audit], { dir });
  assert.equal(
    stdout,
    `egress:
  default: deny
  rule_hosts: listed
  allow:
    - { host: slow.example, port: 443, methods: [ GET ], path: /x }

# was refused: GET mistyped.example:443/x: its name does not resolve
`,
  );
});
