/**
 * The contract: a configuration that cannot be meant does not start. The exit code is 2, standard
 * output stays empty, and standard error has one line that names what is wrong.
 */

import assert from "node:assert/strict";
import { type Outcome, ProxyProcess, runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";

interface BadInput {
  readonly name: string;
  /** What the one line must say. */
  readonly says: RegExp;
  /** What to put where the standard arguments are, or on top of them. */
  readonly args?: (dir: TempDir) => Promise<string[]> | string[];
  readonly env?: Readonly<Record<string, string>>;
}

const badInputs: BadInput[] = [
  {
    name: "a missing env file",
    args: (dir) => ["--env-file", dir.join("nowhere.env")],
    says: /nowhere\.env/,
  },
  {
    name: "an env file with a line that is no assignment",
    args: async (dir) => ["--env-file", await dir.write("bad.env", "GITHUB TOKEN\n")],
    says: /bad\.env/,
  },
  {
    name: "a secret with a control character inside",
    args: async (dir) => ["--env-file", await dir.write("bad.env", 'GITHUB_TOKEN="ab\u0001cd"\n')],
    says: /GITHUB_TOKEN/,
  },
  {
    name: "a secret with a line break inside",
    args: async (dir) => ["--env-file", await dir.write("bad.env", 'GITHUB_TOKEN="ab\ncd"\n')],
    says: /GITHUB_TOKEN/,
  },
  {
    name: "a missing secrets folder",
    args: (dir) => ["--secrets-dir", dir.join("nowhere")],
    says: /nowhere/,
  },
  { name: "a rule of two parts", args: () => ["--rule", "a.example.com,X-Key"], says: /rule/i },
  {
    name: "a rule with a header that is no token",
    args: () => ["--rule", "a.example.com,X Key,VAR"],
    says: /X Key/,
  },
  {
    name: "a rule over a public suffix",
    args: () => ["--rule", "*.co.uk,X-Key,VAR"],
    says: /\*\.co\.uk/,
  },
  { name: "a rule over everything", args: () => ["--rule", "*,X-Key,VAR"], says: /rule/i },
  {
    name: "a rule over other people's tenants",
    args: () => ["--rule", "*.grafana.net,X-Key,VAR"],
    says: /\*\.grafana\.net/,
  },
  { name: "an unknown flag", args: () => ["--no-such-flag"], says: /--no-such-flag/ },
  { name: "an unknown command", args: () => ["frobnicate"], says: /frobnicate/ },
  {
    name: "a --connect-to of three parts",
    args: () => ["--connect-to", "a.example.com:443:127.0.0.1"],
    says: /connect-to/,
  },
  {
    name: "a --connect-to with no port number",
    args: () => ["--connect-to", "a.example.com:443:127.0.0.1:https"],
    says: /connect-to/,
  },
  {
    name: "a range that is no CIDR",
    args: () => ["--allow-private", "10.0.0.0/33"],
    says: /10\.0\.0\.0\/33/,
  },
  { name: "a listener without a port", args: () => ["--listen", "127.0.0.1"], says: /listen/ },
  {
    name: "a drain timeout that is no number",
    args: () => ["--drain-timeout", "soon"],
    says: /drain-timeout/,
  },
  { name: "an unknown log format", args: () => ["--log-format", "xml"], says: /log-format/ },
  {
    name: "a missing agent token file",
    args: (dir) => ["--agent-token-file", dir.join("nowhere.token")],
    says: /nowhere\.token/,
  },
  {
    name: "a TLS listener without a port",
    args: () => ["--listen-tls", "127.0.0.1"],
    says: /--listen-tls/,
  },
  {
    name: "a proof that no TLS client can show",
    args: () => ["--tls-clients", "password"],
    says: /--tls-clients.*certificate or token/,
  },
  {
    name: "an agent registry that is none",
    args: async (dir) => await privateFile(dir, { name: "agents.json", text: "[]" }),
    says: /agents\.json/,
  },
  {
    name: "a client CA that is none",
    args: async (dir) => [
      ...await privateFile(dir, { name: "client-ca-key.pem", text: "" }),
      "--listen-tls",
      "127.0.0.1:0",
    ],
    says: /--listen-tls.*client-ca-key\.pem/,
  },
  {
    name: "an admin token that is too short",
    args: async (dir) => await privateFile(dir, { name: "admin-token", text: "short" }),
    says: /admin-token.*16 or more/,
  },
  {
    name: "an admin socket in a folder that is missing",
    args: (dir) => ["--admin-socket", dir.join("nowhere", "admin.sock")],
    says: /--admin-socket .*nowhere/,
  },
  {
    name: "an upstream CA file that is none",
    args: async (dir) => ["--upstream-ca", await dir.write("upstream.pem", "nothing here\n")],
    says: /upstream\.pem/,
  },
  {
    name: "a cluster CA file that is missing",
    env: { K8S_TOKEN: "t", K8S_HOSTS: "prod.k8s.corp", K8S_CA: "/nowhere/cluster.pem" },
    says: /K8S_CA|\/nowhere\/cluster\.pem/,
  },
  {
    name: "verification turned off by the environment",
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    says: /NODE_TLS_REJECT_UNAUTHORIZED/,
  },
  ...(Deno.env.get("AUTH_PROXY_BIN") ? [] : [{
    // The packed executable takes the variable away before the program sees it.
    name: "TLS keys written to a file",
    env: { SSLKEYLOGFILE: "/dev/null" },
    says: /SSLKEYLOGFILE/,
  }]),
];

/** Puts a file into the private folder of a CA folder; gives the arguments that name that. */
async function privateFile(
  dir: TempDir,
  { name, text }: { name: string; text: string },
): Promise<string[]> {
  await Deno.mkdir(dir.join("ca", "private"), { recursive: true });
  await Deno.chmod(dir.join("ca", "private"), 0o700);
  await Deno.writeTextFile(dir.join("ca", "private", name), text, { mode: 0o600 });
  return ["--ca-dir", dir.join("ca")];
}

function standardArgs(dir: TempDir): string[] {
  return ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ca-dir", dir.join("ca")];
}

function assertOneClearLine(outcome: Outcome, says: RegExp): void {
  assert.equal(outcome.code, 2, `exit code ${outcome.code}: ${outcome.stderr}`);
  assert.equal(outcome.stdout, "");
  const lines = outcome.stderr.split("\n").filter((line) => line !== "");
  assert.equal(lines.length, 1, outcome.stderr);
  assert.match(outcome.stderr, says);
  assert.doesNotMatch(outcome.stderr, /^\s+at |file:\/\/|\[object/m);
}

for (const { name, says, args, env } of badInputs) {
  Deno.test(`${name}: exit 2 and one clear line`, async () => {
    await using dir = await TempDir.create();
    const allArgs = [...standardArgs(dir), ...await args?.(dir) ?? []];
    const outcome = await runProxyToExit(allArgs, { dir, env: env ?? {} });
    assertOneClearLine(outcome, says);
    assert.doesNotMatch(outcome.stderr, /ab.?cd/, "The secret's value is quoted");
  });
}

Deno.test("two problems: exit 2 and a line for each", async () => {
  await using dir = await TempDir.create();
  const bad = ["--allow-private", "nonsense", "--rule", "a.example.com,X-Key"];
  const outcome = await runProxyToExit([...standardArgs(dir), ...bad], { dir });
  assert.equal(outcome.code, 2);
  assert.equal(outcome.stderr.split("\n").filter((line) => line !== "").length, 2, outcome.stderr);
});

for (const flag of ["--listen", "--admin"]) {
  Deno.test(`a port in use for ${flag}: exit 2 and one clear line`, async () => {
    await using dir = await TempDir.create();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const args = ["--ca-dir", dir.join("ca"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    args[args.indexOf(flag) + 1] = `127.0.0.1:${taken.addr.port}`;
    const outcome = await runProxyToExit(args, { dir });
    assertOneClearLine(outcome, new RegExp(`127\\.0\\.0\\.1:${taken.addr.port}`));
  });
}

/** The CA's own files, found rather than named: the key is the PEM in private/ that says so. */
async function caKeyFile(dir: TempDir): Promise<string> {
  const folder = dir.join("ca", "private");
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile) continue;
    const text = await Deno.readTextFile(`${folder}/${entry.name}`);
    if (text.includes("PRIVATE KEY")) return `${folder}/${entry.name}`;
  }
  throw new Error(`No private key in ${folder}`);
}

interface BadCa {
  readonly name: string;
  readonly spoil: (files: { key: string; certificate: string }) => Promise<void>;
  readonly says: RegExp;
}

const badCas: BadCa[] = [
  {
    name: "a CA key that others can read",
    spoil: ({ key }) => Deno.chmod(key, 0o644),
    says: /private\/.*(644|mode|permission|read)/i,
  },
  {
    name: "a folder in the place of the CA key",
    spoil: async ({ key }) => {
      await Deno.remove(key);
      await Deno.mkdir(key, { mode: 0o700 });
    },
    says: /private\//,
  },
  {
    name: "a CA key that is none",
    spoil: ({ key }) => Deno.writeTextFile(key, "nothing here\n"),
    says: /private\//,
  },
  {
    name: "a CA certificate that is none",
    spoil: ({ certificate }) => Deno.writeTextFile(certificate, "nothing here\n"),
    says: /ca\.pem/,
  },
  {
    name: "a CA certificate of another key",
    spoil: async ({ certificate }) =>
      await Deno.writeTextFile(certificate, (await TestRoot.create("another root")).pem),
    says: /ca\.pem|key/,
  },
];

for (const { name, spoil, says } of badCas) {
  Deno.test(`${name}: exit 2 and one clear line`, async () => {
    await using dir = await TempDir.create();
    await createCa(dir);
    const certificate = dir.join("ca", "public", "ca.pem");
    await spoil({ key: await caKeyFile(dir), certificate });
    assertOneClearLine(await runProxyToExit(standardArgs(dir), { dir }), says);
  });
}

/** Lets the proxy make its CA in `dir`, and stops it. */
async function createCa(dir: TempDir): Promise<void> {
  await using proxy = await ProxyProcess.start({ caDir: dir.join("ca") });
  await proxy.stop();
}
