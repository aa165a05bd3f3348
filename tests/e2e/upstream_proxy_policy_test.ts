/**
 * The contract: the proxy in between is a part of the configuration like any other: it is told by
 * check, explain and config without its password, it counts for the sources of secrets too, and a
 * reload puts another one in force.
 */

import assert from "node:assert/strict";
import { behindProxy, hiddenUpstream, login } from "../support/behind_proxy.ts";
import { ConnectProxy } from "../support/connect_proxy.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const target = "api.github.com:443";
const token = "ghp_realCredentialOfTheHost0123456789";
const quiet = { DENO_NO_UPDATE_CHECK: "1" };

for (const scheme of ["http", "https"] as const) {
  Deno.test(`secrets are fetched through an ${scheme} proxy, and their place proves its name`, async () => {
    await using lab = await Lab.create();
    await using service = await hiddenUpstream(lab, {
      authority: "api.one.example:443",
      handler: json({}),
    });
    await using place = await hiddenUpstream(lab, {
      authority: "login.example:443",
      handler: json({ access_token: "oauth-0123-access", expires_in: 3600 }),
    });
    const config = await lab.dir.write(
      "c.yaml",
      `secrets:
  o: { oauth2: { token_url: "https://login.example/token", client_id: me, client_secret: S } }
  p: { oauth2: { token_url: "https://other.example/token", client_id: me, client_secret: S } }
rules: [[api.one.example, Authorization, o], [api.two.example, Authorization, p]]
`,
    );
    await using w = await behindProxy(lab, {
      scheme,
      hop: {
        to: {
          "api.one.example:443": service.address,
          "login.example:443": place.address,
          "other.example:443": place.address,
        },
        login,
      },
      args: ["--config", config],
      secrets: { S: "client-secret-0123" },
    });
    using client = await w.open("api.one.example:443");
    const answer = await client.get("/", "Host: api.one.example\r\n");
    assert.equal(answer.status, 200, `${answer.body}${w.proxy.stderr}`);
    assert.deepEqual(service.onlyRequest.values("authorization"), ["Bearer oauth-0123-access"]);
    assert.equal(place.onlyRequest.method, "POST");
    assert.ok(w.hop.targets.includes("login.example:443"));
    using other = await w.open("api.two.example:443");
    const refused = await other.get("/", "Host: api.two.example\r\n");
    assert.equal(refused.status, 502);
    assert.match(w.proxy.stderr, /other\.example shows a certificate that is not trusted for it/);
    assert.equal(place.requests.length, 1);
  });
}

Deno.test("a reload puts another proxy in force, or none", async () => {
  await using lab = await Lab.create();
  const handler = json({});
  await using upstream = await hiddenUpstream(lab, { authority: target, handler });
  await using first = new ConnectProxy({ to: upstream.address });
  await using second = new ConnectProxy({ to: upstream.address });
  const file = (url: string) => lab.dir.write("c.yaml", `upstream_proxy: { url: "${url}" }\n`);
  const args = ["--config", await file(`http://${first.address}`)];
  const proxy = await lab.proxy({ args, secrets: { GITHUB_TOKEN: token }, env: quiet });
  const ca = await Deno.readTextFile(proxy.caFile);
  const ask = async () => {
    using client = await RawClient.tunnel(proxy.url, { target, ca });
    return (await client.get("/", "Host: api.github.com\r\n")).status;
  };
  assert.equal(await ask(), 200);
  await file(`http://${second.address}`);
  await waitUntil(() => /configuration reloaded/.test(proxy.stderr), { what: "it is reloaded" });
  assert.equal(await ask(), 200, "not on the connection that was kept");
  assert.deepEqual([first.targets, second.targets], [[target], [target]]);
  await file(proxy.url.replace("http://127.0.0.1", "http://localhost"));
  await waitUntil(() => (proxy.stderr.match(/configuration re/g)?.length ?? 0) > 1, {
    what: "it is read again",
  });
  assert.notEqual(await ask(), 200, "it never calls itself");
  assert.equal(first.targets.length + second.targets.length, 2);
});

Deno.test("check, explain and config tell the proxy in between, and never its password", async () => {
  await using dir = await TempDir.create();
  const env = {
    ...quiet,
    GITHUB_TOKEN: token,
    HTTPS_PROXY: "http://me:hunter2-hunter2@proxy.corp.example:3128",
    NO_PROXY: ".direct.example, 10.*",
  };
  const run = async (...args: string[]) => {
    const outcome = await runProxyToExit([...args, "--ca-dir", dir.join("ca")], { dir, env });
    assert.ok(!(outcome.stdout + outcome.stderr).includes("hunter2"), args.join(" "));
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome.stdout;
  };
  const where = /through: +http:\/\/proxy\.corp\.example:3128 \(HTTPS_PROXY\)/;
  assert.match(await run("explain", "GET", "https://api.github.com/user"), where);
  assert.match(await run("explain", "GET", "https://blind.example/"), where);
  assert.doesNotMatch(await run("explain", "GET", "https://a.direct.example/"), /through:/);
  assert.doesNotMatch(await run("explain", "GET", "http://blind.example/"), /through:/);
  const checked = await run("check");
  assert.match(checked, /^note: HTTPS_PROXY: services are reached through http:.* in clear/m);
  assert.match(checked, /^warning: NO_PROXY: .*10\.\*.*ignored$/m);
  const written = await run("config");
  assert.match(written, /url: environment # HTTPS_PROXY: http:\/\/proxy\.corp\.example:3128\n/);
});

/** squid as companies run it: Basic, CONNECT to port 443 alone, no address of its own machine. */
function squidConfig(
  { port, hosts, passwords, folder }: Record<"hosts" | "passwords" | "folder", string> & {
    port: number;
  },
): string {
  return `
http_port 127.0.0.1:${port}
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${passwords}
auth_param basic realm corp
acl known proxy_auth REQUIRED
acl SSL_ports port 443
acl CONNECT method CONNECT
http_access deny CONNECT !SSL_ports
http_access allow known
http_access deny all
hosts_file ${hosts}
cache deny all
access_log none
cache_log ${folder}/cache.log
cache_store_log none
pid_filename none
coredump_dir ${folder}
pinger_enable off
shutdown_lifetime 0 seconds
${Deno.uid() === 0 ? "cache_effective_user proxy" : ""}
`;
}

testWith("squid in between", {
  needs: [tool("squid"), tool("openssl")],
  fn: async (t) => {
    await using lab = await Lab.create();
    await using stack = new AsyncDisposableStack();
    // squid connects where the target says, so the service has to be there.
    const { dir } = lab;
    const port = freePort();
    const hosts = await dir.write("hosts", "127.0.0.1 plain.example\n", { mode: 0o644 });
    const passwords = await dir.write("passwords", await hashed("me", "pass-of-squid"), {
      mode: 0o644,
    });
    await Deno.chmod(dir.path, 0o777);
    const folder = dir.path;
    const config = await dir.write(
      "squid.conf",
      squidConfig({ port, hosts, passwords, folder }),
      { mode: 0o644 },
    );
    const squid = new Deno.Command("squid", { args: ["-N", "-f", config], stderr: "null" }).spawn();
    stack.defer(async () => {
      squid.kill("SIGKILL");
      await squid.status;
    });
    await waitUntil(() => accepts(port), { what: "squid listens" });
    const plain = lab.plainUpstream([], (exchange) => exchange.respond({ body: "plain" }));
    const proxy = await lab.proxy({
      env: quiet,
      secrets: { PW: "pass-of-squid", WRONG: "another-password" },
      args: ["--upstream-proxy", `http://me:\${PW}@127.0.0.1:${port}`],
    });
    await t.step("is asked in clear with our login, and passes it on to nobody", async () => {
      using client = await RawClient.connect(proxy.url);
      const authority = `plain.example:${plain.port}`;
      const answer = await client.get(`http://${authority}/x`, `Host: ${authority}\r\n`);
      assert.equal(answer.body, "plain", `${answer.status}`);
      assert.deepEqual(plain.onlyRequest.values("proxy-authorization"), []);
      assert.equal(plain.onlyRequest.target, "/x");
    });
    await t.step("refuses CONNECT to another port than 443, and we say so", async () => {
      using client = await RawClient.connect(proxy.url);
      const authority = `plain.example:${plain.port}`;
      await client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
      const answer = await client.receive({ method: "GET" });
      assert.equal(answer.status, 502);
      assert.match(answer.body, /its own policy does not allow it \(403\)/);
    });
    await t.step("refuses another password, and we say so", async () => {
      const other = await lab.proxy({
        env: quiet,
        secrets: { WRONG: "another-password" },
        args: ["--upstream-proxy", `http://me:\${WRONG}@127.0.0.1:${port}`],
      });
      using client = await RawClient.connect(other.url);
      await client.send("CONNECT plain.example:443 HTTP/1.1\r\nHost: plain.example:443\r\n\r\n");
      const answer = await client.receive({ method: "GET" });
      assert.match(answer.body, /does not accept our user and password \(407\): correct WRONG/);
    });
  },
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function hashed(user: string, password: string): Promise<string> {
  const args = ["passwd", "-apr1", password];
  const { stdout } = await new Deno.Command("openssl", { args }).output();
  return `${user}:${new TextDecoder().decode(stdout)}`;
}
