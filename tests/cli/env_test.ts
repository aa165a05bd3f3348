/** The contract: what `auth-proxy env` prints lets a client use the proxy, and holds no credential. */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";

const secret = "ghp_real_0123456789";

async function printedBy(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  await using dir = await TempDir.create();
  const envFile = await dir.write("secrets.env", `GITHUB_TOKEN=${secret}\nHF_TOKEN=${secret}\n`);
  const all = ["env", "--env-file", envFile, "--ca-dir", dir.join("ca"), ...args];
  const { code, stdout, stderr } = await runProxyToExit(all, { dir });
  assert.equal(code, 0, stderr);
  assert.ok(!(stdout + stderr).includes(secret));
  return { stdout, stderr };
}

Deno.test("env prints proxy, trust and a placeholder for each credential that is there", async () => {
  const { stdout } = await printedBy(["--format", "json", "--listen", "127.0.0.1:9000"]);
  const variables = JSON.parse(stdout);
  assert.equal(variables.https_proxy, "http://127.0.0.1:9000");
  assert.equal(variables.HTTPS_PROXY, variables.https_proxy);
  assert.match(variables.SSL_CERT_FILE, /\/ca\/public\/ca-bundle\.pem$/);
  assert.match(variables.GITHUB_TOKEN, /^ghp_[A-Za-z0-9]{36}$/);
  assert.match(variables.HF_TOKEN, /^hf_[A-Za-z0-9]{34}$/);
  assert.equal(variables.ANTHROPIC_API_KEY, undefined);
});

Deno.test("env takes what clients see from the outside, and quotes for a shell", async () => {
  const url = "http://ci:to'ken@proxy:8080";
  const { stdout } = await printedBy(["--proxy-url", url, "--public-dir", "/auth proxy"]);
  assert.match(stdout, /^export https_proxy='http:\/\/ci:to'\\''ken@proxy:8080'$/m);
  assert.match(stdout, /^export CURL_CA_BUNDLE='\/auth proxy\/ca-bundle\.pem'$/m);
  const docker = (await printedBy(["--format", "docker"])).stdout;
  assert.match(docker, /^GITHUB_TOKEN=ghp_/m);
  assert.doesNotMatch(docker, /export|'/);
});

Deno.test("env puts the agent's token into the proxy's URL, where one is demanded", async () => {
  await using dir = await TempDir.create();
  const token = "0123456789abcdef0123";
  const file = await dir.write("token", `${token}\n`);
  await Deno.chmod(file, 0o600);
  const { stdout } = await printedBy(["--agent-token-file", file]);
  assert.match(
    stdout,
    new RegExp(`^export https_proxy=http://agent:${token}@127.0.0.1:8080$`, "m"),
  );
});

Deno.test("env says what is wrong with its options, and prints nothing else", async () => {
  await using dir = await TempDir.create();
  const args = ["env", "--ca-dir", dir.join("ca"), "--format", "yaml", "--listen", "x"];
  const { code, stdout, stderr } = await runProxyToExit(args, { dir });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /--listen: .*\n.*--format: write one of sh, fish, powershell, docker, compose, json/,
  );
});

Deno.test("env refuses a --proxy-url that no client could use", async () => {
  await using dir = await TempDir.create();
  for (const url of ["proxy:8080", "socks5://proxy:1080", "http://proxy:8080/path", "http://"]) {
    const args = ["env", "--ca-dir", dir.join("ca"), "--proxy-url", url];
    const { code, stdout, stderr } = await runProxyToExit(args, { dir });
    assert.deepEqual([code, stdout], [2, ""], url);
    assert.match(stderr, /--proxy-url: write http:\/\/HOST:PORT/);
  }
});

testWith("a shell that has read env's output calls the API with curl, without any credential", {
  needs: [tool("curl")],
  fn: async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream(["api.github.com:443"], json({ login: "octocat" }));
    const proxy = await lab.proxy({ secrets: { GITHUB_TOKEN: secret } });
    const caDir = proxy.dir.join("ca");
    const args = ["--env-file", proxy.dir.join("secrets.env"), "--ca-dir", caDir];
    const printed = await runProxyToExit(
      ["env", ...args, "--listen", `127.0.0.1:${proxy.port}`],
      { dir: proxy.dir },
    );
    const script = `${printed.stdout}
      curl -sS -H "Authorization: Bearer $GITHUB_TOKEN" https://api.github.com/user`;
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "" },
    }).output();
    assert.equal(new TextDecoder().decode(stdout), '{"login":"octocat"}', String(stderr));
    assert.deepEqual(upstream.onlyRequest.values("authorization"), [`Bearer ${secret}`]);
  },
});
