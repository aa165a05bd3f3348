/**
 * The contract: each cluster of the contexts that were named gets the credential of its own user and
 * no other, over TLS verified as its kubeconfig says; one that changes or expires is replaced while the
 * proxy runs, and never sent once it has expired.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { CertificateServer, fingerprintOf } from "../support/certificate_server.ts";
import { kubeconfigArgs } from "../support/kubeconfig.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { TestRoot } from "../support/test_pki.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { delay, waitUntil } from "../support/wait_until.ts";

const host = (name: string) => `${name}.k8s.corp:6443`;
const server = (name: string) => `https://${host(name)}`;

async function ask(
  proxy: ProxyProcess,
  name: string,
  { path = "/version", fields = "" }: { path?: string; fields?: string } = {},
) {
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: host(name), ca });
  return await client.get(path, `Host: ${host(name)}\r\n${fields}`);
}

function tokensSeen(upstream: Upstream): string[] {
  return upstream.requests.map((request) => request.values("authorization").join());
}

/** A plugin that answers from the file `answer`, and appends a line to `runs` each time. */
async function writePlugin(lab: Lab, script = 'cat "$DIR/answer"'): Promise<string> {
  const text = `#!/bin/sh\necho "$# $1 $2 $PLUGIN_VARIABLE $GITHUB_TOKEN" >> "$DIR/runs"\n` +
    `printf '%s' "$KUBERNETES_EXEC_INFO" > "$DIR/info"\n${script}\n`;
  return await lab.dir.write("plugin.sh", text, { mode: 0o700 });
}

function execUser(lab: Lab, rest: Record<string, unknown> = {}) {
  return {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "./plugin.sh",
      args: ["get-token", "two words; $(no shell)"],
      env: [
        // The packed program is run without cat and sleep.
        { name: "PATH", value: Deno.env.get("PATH") ?? "" },
        { name: "DIR", value: lab.dir.path },
        { name: "PLUGIN_VARIABLE", value: "given" },
      ],
      interactiveMode: "Never",
      ...rest,
    },
  };
}

/** Has the plugin give this out from now on. */
async function answer(lab: Lab, status: Record<string, unknown>): Promise<void> {
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status,
  };
  await lab.dir.write("answer.new", JSON.stringify(credential));
  await Deno.rename(lab.dir.join("answer.new"), lab.dir.join("answer"));
}

async function runs(lab: Lab): Promise<string[]> {
  const text = await Deno.readTextFile(lab.dir.join("runs")).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

Deno.test("three clusters at once get each its own credential, and no other", async () => {
  await using lab = await Lab.create();
  const [rootA, rootB, clients] = [
    await TestRoot.create("a"),
    await TestRoot.create("b"),
    await TestRoot.create("clients"),
  ];
  const pair = await clients.issue({ names: ["admin"], usage: "clientAuth" });
  const a = await lab.upstream([host("a")], json({}), {
    certificate: await rootA.issue({ names: ["a.k8s.corp"] }),
  });
  const b = await CertificateServer.listen({
    certificate: await rootB.issue({ names: ["kubernetes.default"] }),
    clientCa: clients.pem,
  });
  lab.standIn([host("b")], { address: b.address, server: b });
  const c = await lab.upstream([host("c")], json({}));
  await lab.dir.write("b-ca.pem", rootB.pem);
  await lab.dir.write("b.crt", pair.cert);
  await writePlugin(lab);
  await answer(lab, { token: "token-of-cluster-c" });
  const args = await kubeconfigArgs(lab.dir, [
    {
      name: "a",
      cluster: { server: server("a"), "certificate-authority-data": btoa(rootA.pem) },
      user: { username: "admin", password: "password-of-cluster-a" },
    },
    {
      name: "b",
      cluster: {
        server: server("b"),
        "certificate-authority": "b-ca.pem",
        "tls-server-name": "kubernetes.default",
      },
      user: { "client-certificate": "b.crt", "client-key-data": btoa(pair.key) },
    },
    { name: "c", cluster: { server: server("c") }, user: execUser(lab) },
  ]);
  const proxy = await lab.proxy({ args });
  const own = "Authorization: Bearer clients-own\r\n" +
    "Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.Y2xpZW50, v4.channel.k8s.io\r\n";
  await Promise.all(["a", "b", "c", "a", "b", "c"].map(async (name) => {
    const response = await ask(proxy, name, { fields: own });
    assert.equal(response.status, 200, response.body);
  }));
  const basic = `Basic ${btoa("admin:password-of-cluster-a")}`;
  assert.deepEqual(tokensSeen(a), [basic, basic]);
  assert.deepEqual(tokensSeen(c), Array(2).fill("Bearer token-of-cluster-c"));
  assert.deepEqual(
    b.requests.map(({ fingerprint, headers }) => [fingerprint, headers["authorization"]]),
    Array(2).fill([fingerprintOf(pair.cert), undefined]),
  );
  const seen = JSON.stringify([a.requests, b.requests, c.requests]);
  assert.ok(!seen.includes("clients-own") && !seen.includes("Y2xpZW50"), seen);
  const rules = await (await fetch(`${proxy.adminUrl}/admin/rules`)).text();
  for (const secret of ["password-of-cluster-a", "token-of-cluster-c"]) {
    assert.ok(!(rules + proxy.stderr + proxy.stdout).includes(secret));
  }
  assert.match(proxy.stderr, /^kubeconfig-b: b.k8s.corp:6443 with the client certificate CN=test/m);
});

Deno.test("a cluster behind another CA, or under another name, gets nothing", async () => {
  await using lab = await Lab.create();
  const root = await TestRoot.create("own");
  // Trusted by default, and not by these clusters.
  const impostor = await lab.upstream([host("ca")], json({}));
  const misnamed = await lab.upstream([host("name")], json({}), {
    certificate: await root.issue({ names: ["name.k8s.corp"] }),
  });
  const own = { "certificate-authority-data": btoa(root.pem) };
  const user = { token: "token-of-the-cluster" };
  const args = await kubeconfigArgs(lab.dir, [
    { name: "ca", cluster: { server: server("ca"), ...own }, user },
    {
      name: "name",
      cluster: { server: server("name"), "tls-server-name": "other.k8s.corp", ...own },
      user,
    },
  ]);
  const proxy = await lab.proxy({ args });
  for (const name of ["ca", "name"]) {
    assertRefused(await ask(proxy, name), { status: 502, error: "tls_certificate_error" });
  }
  assert.equal(impostor.receivedBytes + misnamed.receivedBytes, 0);
});

Deno.test("a server below a path has the credential for that path alone", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([host("rancher")], json({}));
  const args = await kubeconfigArgs(lab.dir, [
    {
      name: "one",
      cluster: { server: `${server("rancher")}/k8s/clusters/c-one` },
      user: { token: "token-of-cluster-one" },
    },
    {
      name: "two",
      cluster: { server: `${server("rancher")}/k8s/clusters/c-two/` },
      user: { token: "token-of-cluster-two" },
    },
  ]);
  const proxy = await lab.proxy({ args });
  const paths = [
    "/k8s/clusters/c-one/api",
    "/k8s/clusters/c-two/api",
    "/k8s/clusters/c-one/../../../v3/users",
    "/k8s/clusters/c-three/api",
    "/v3/users",
  ];
  for (const path of paths) await ask(proxy, "rancher", { path });
  assert.deepEqual(tokensSeen(upstream), [
    "Bearer token-of-cluster-one",
    "Bearer token-of-cluster-two",
    "",
    "",
    "",
  ]);
  const minting = "/k8s/clusters/c-one/api/v1/namespaces/d/serviceaccounts/s/token";
  const refused = await ask(proxy, "rancher", { path: minting, fields: "X-HTTP-Method: POST\r\n" });
  assertRefused(refused, { status: 403 });
});

Deno.test("a token file is read again when it changes, and nothing is sent without it", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(
    [host("a")],
    (exchange) =>
      exchange.respondJson({
        echo: exchange.request.values("authorization"),
        old: "first-token-in-the-file",
      }),
  );
  const file = await lab.dir.write("token", "first-token-in-the-file\n");
  const args = await kubeconfigArgs(lab.dir, [
    { name: "a", cluster: { server: server("a") }, user: { tokenFile: "token" } },
  ]);
  const proxy = await lab.proxy({ args });
  assert.equal((await ask(proxy, "a")).status, 200);
  await Deno.writeTextFile(file, "second-token-in-the-file\n");
  await delay(2100);
  const { body } = await ask(proxy, "a");
  assert.deepEqual(tokensSeen(upstream), [
    "Bearer first-token-in-the-file",
    "Bearer second-token-in-the-file",
  ]);
  assert.ok(!/(first|second)-token/.test(body), "both are masked");
  await Deno.remove(file);
  await delay(2100);
  const refused = await ask(proxy, "a");
  assertRefused(refused, { status: 502, error: "proxy_configuration_error" });
  assert.match(
    JSON.parse(refused.body).detail,
    /^The credential of the context a cannot be had: its token file cannot be read: no such file/,
  );
  assert.match(proxy.stderr, /ERR credential not renewed credential="The credential of the con/);
  await Deno.writeTextFile(file, "third-token-in-the-file");
  assert.equal((await ask(proxy, "a")).status, 200);
  assert.equal(upstream.requests.length, 3);
});

Deno.test("a plugin is run without a shell, once for all who wait, and again before it expires", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([host("a")], json({}));
  await writePlugin(lab, 'sleep 0.3\ncat "$DIR/answer"');
  const expiry = Date.now() + 10_000;
  await answer(lab, {
    token: "first-token-of-the-plugin",
    expirationTimestamp: new Date(expiry).toISOString(),
  });
  const args = await kubeconfigArgs(lab.dir, [{
    name: "a",
    cluster: { server: server("a"), "certificate-authority-data": btoa(lab.root.pem) },
    user: execUser(lab, { provideClusterInfo: true }),
  }]);
  const proxy = await lab.proxy({ args, env: { GITHUB_TOKEN: "of-another-service" } });
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => ask(proxy, "a")));
  assert.deepEqual(all.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assert.deepEqual(await runs(lab), ["2 get-token two words; $(no shell) given "]);
  const info = JSON.parse(await Deno.readTextFile(lab.dir.join("info")));
  assert.deepEqual([info.kind, info.spec.interactive, info.spec.cluster.server], [
    "ExecCredential",
    false,
    server("a"),
  ]);
  assert.equal(info.spec.cluster["certificate-authority-data"], btoa(lab.root.pem));
  // A fifth of its life is left: it is renewed, and meanwhile used.
  await answer(lab, { token: "second-token-of-the-plugin", expirationTimestamp: inSeconds(3600) });
  await delay((expiry - Date.now()) * 0.9);
  await ask(proxy, "a");
  await waitUntil(async () => (await runs(lab)).length === 2, { what: "the plugin has run again" });
  await waitUntil(() => proxy.stderr.includes("credential renewed"), { what: "it is renewed" });
  await delay(500);
  await ask(proxy, "a");
  assert.deepEqual(
    new Set(tokensSeen(upstream)),
    new Set([
      "Bearer first-token-of-the-plugin",
      "Bearer second-token-of-the-plugin",
    ]),
  );
  assert.equal(tokensSeen(upstream).at(-1), "Bearer second-token-of-the-plugin");
  assert.equal((await runs(lab)).length, 2);
});

Deno.test("a reload goes on with what an unchanged plugin has given, and runs a changed one", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([host("a")], json({}));
  await writePlugin(lab);
  await answer(lab, { token: "first-token-of-the-plugin" });
  const cluster = { server: server("a"), "certificate-authority-data": btoa(lab.root.pem) };
  const write = (user: Record<string, unknown>) =>
    kubeconfigArgs(lab.dir, [{ name: "a", cluster, user }]);
  const proxy = await lab.proxy({ args: await write(execUser(lab)) });
  assert.equal((await ask(proxy, "a")).status, 200);
  // Of no use from now on: whoever ran it again would have nothing.
  await Deno.remove(lab.dir.join("answer"));
  proxy.signal("SIGHUP");
  await waitUntil(() => proxy.stderr.includes("configuration reloaded"), {
    what: "it is reloaded",
  });
  assert.equal((await ask(proxy, "a")).status, 200);
  assert.equal((await runs(lab)).length, 1);

  await answer(lab, { token: "second-token-of-the-plugin" });
  await write(execUser(lab, { args: ["other", "arguments"] }));
  await waitUntil(async () => (await runs(lab)).length === 2, { what: "the other one is run" });
  assert.equal((await ask(proxy, "a")).status, 200);
  assert.deepEqual(tokensSeen(upstream), [
    "Bearer first-token-of-the-plugin",
    "Bearer first-token-of-the-plugin",
    "Bearer second-token-of-the-plugin",
  ]);
  assert.match((await runs(lab))[1] ?? "", /^2 other arguments /);
});

Deno.test("while a plugin fails its last credential is used until it expires, then nothing is sent", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([host("a")], json({}));
  await writePlugin(
    lab,
    '[ -e "$DIR/broken" ] && { echo hunter2 >&2; exit 3; }\ncat "$DIR/answer"',
  );
  const expiry = Date.now() + 8000;
  await answer(lab, {
    token: "first-token-of-the-plugin",
    expirationTimestamp: new Date(expiry).toISOString(),
  });
  const args = await kubeconfigArgs(lab.dir, [
    { name: "a", cluster: { server: server("a") }, user: execUser(lab) },
  ]);
  const proxy = await lab.proxy({ args });
  assert.equal((await ask(proxy, "a")).status, 200);
  await lab.dir.write("broken", "");
  // It is due when a fifth of its life is left.
  await delay((expiry - Date.now()) * 0.9);
  assert.equal((await ask(proxy, "a")).status, 200);
  await waitUntil(() => proxy.stderr.includes("credential not renewed"), { what: "it is logged" });
  assert.match(
    proxy.stderr,
    /reason="the plugin plugin.sh exited with 3; run it by hand to see why"/,
  );
  await delay(expiry - Date.now() + 100);
  const refused = await ask(proxy, "a");
  assertRefused(refused, { status: 502, error: "proxy_configuration_error" });
  assert.match(
    JSON.parse(refused.body).detail,
    /^The credential of the context a expired on .*exited/,
  );
  assert.equal(upstream.requests.length, 2);
  assert.ok(!(refused.body + proxy.stderr).includes("hunter2"));
  const rules = await (await fetch(`${proxy.adminUrl}/admin/rules`)).json();
  assert.equal(rules.rules[0].state, "unavailable");
  await Deno.remove(lab.dir.join("broken"));
  await answer(lab, { token: "second-token-of-the-plugin" });
  await delay(5000);
  assert.equal((await ask(proxy, "a")).status, 200);
  assert.equal(tokensSeen(upstream).at(-1), "Bearer second-token-of-the-plugin");
});

Deno.test("a client certificate of a plugin is shown, and not after the next one is there", async () => {
  await using lab = await Lab.create();
  const clients = await TestRoot.create("clients");
  const [first, second] = [
    await clients.issue({ names: ["first"], usage: "clientAuth" }),
    await clients.issue({ names: ["second"], usage: "clientAuth" }),
  ];
  const api = await CertificateServer.listen({
    certificate: await lab.root.issue({ names: ["a.k8s.corp"] }),
    clientCa: clients.pem,
  });
  lab.standIn([host("a")], { address: api.address, server: api });
  await writePlugin(lab);
  const give = (pair: typeof first, seconds: number) =>
    answer(lab, {
      clientCertificateData: pair.cert,
      clientKeyData: pair.key,
      expirationTimestamp: inSeconds(seconds),
    });
  const expiry = Date.now() + 7000;
  await give(first, 7);
  const args = await kubeconfigArgs(lab.dir, [
    { name: "a", cluster: { server: server("a") }, user: execUser(lab) },
  ]);
  const proxy = await lab.proxy({ args });
  for (const _ of [1, 2]) assert.equal((await ask(proxy, "a")).status, 200);
  await give(second, 3600);
  await delay(expiry - Date.now() + 200);
  assert.equal((await ask(proxy, "a")).status, 200);
  assert.deepEqual(
    api.requests.map(({ fingerprint }) => fingerprint),
    [first, first, second].map(({ cert }) => fingerprintOf(cert)),
  );
  assert.equal(api.connections, 2);
});
