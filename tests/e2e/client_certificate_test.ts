/**
 * The contract: a rule's client certificate is shown to that rule's service and to no other, over
 * connections that nobody else shares; what the service must prove is what the rule says; a pair that
 * cannot be used does not start; a refusal is said to be one. The key never comes back.
 */

import assert from "node:assert/strict";
import { assertRefused } from "../support/assert_refused.ts";
import { CertificateServer, fingerprintOf } from "../support/certificate_server.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { RefusingServer } from "../support/refusing_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { type ServerCertificate, TestRoot } from "../support/test_pki.ts";
import { testWith, tool } from "../support/tools.ts";

const clients = await TestRoot.create("clients");
const client = await clients.issue({ names: ["client"], usage: "clientAuth" });
const another = await clients.issue({ names: ["client"], usage: "clientAuth" });
const foreign = await (await TestRoot.create("other clients"))
  .issue({ names: ["client"], usage: "clientAuth" });
const corp = await TestRoot.create("corp");

interface Settings {
  readonly host: string;
  readonly pair?: ServerCertificate | undefined;
  readonly ca?: string;
  readonly serverName?: string;
  readonly token?: string;
}

async function writeConfig(dir: TempDir, rules: readonly Settings[]): Promise<string> {
  const lines = ["rules:"];
  for (const [index, { host, pair, ca, serverName, token }] of rules.entries()) {
    lines.push(`  - match: { host: ${host} }`);
    if (token !== undefined) {
      lines.push(`    inject: { headers: { Authorization: "Bearer \${${token}}" } }`);
    }
    lines.push("    upstream:");
    if (ca !== undefined) {
      await dir.write(`ca-${index}.pem`, ca);
      lines.push(`      ca: ca-${index}.pem`);
    }
    if (serverName !== undefined) lines.push(`      server_name: ${serverName}`);
    if (pair !== undefined) {
      await dir.write(`client-${index}.pem`, pair.cert);
      await dir.write(`client-${index}.key`, pair.key);
      lines.push(
        `      client_cert: ./client-${index}.pem`,
        `      client_key: client-${index}.key`,
      );
    }
  }
  return await dir.write("auth-proxy.yaml", `${lines.join("\n")}\n`);
}

async function serverFor(
  lab: Lab,
  { host, root = lab.root, name = host, ...rest }: {
    host: string;
    root?: TestRoot;
    name?: string;
    maxVersion?: "TLSv1.2" | "TLSv1.3";
  },
): Promise<CertificateServer> {
  const server = await CertificateServer.listen({
    certificate: await root.issue({ names: [name] }),
    clientCa: clients.pem,
    ...rest,
  });
  return lab.standIn([`${host}:443`], { address: server.address, server });
}

async function ask(proxy: { url: string; caFile: string }, host: string, fields = "") {
  const ca = await Deno.readTextFile(proxy.caFile);
  using raw = await RawClient.tunnel(proxy.url, { target: `${host}:443`, ca });
  return await raw.get("/", `Host: ${host}\r\n${fields}`);
}

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`each rule shows its own client certificate, over ${maxVersion}`, async () => {
    await using lab = await Lab.create();
    const a = await serverFor(lab, { host: "a.example.com", maxVersion });
    const b = await serverFor(lab, { host: "b.example.com", root: corp, maxVersion });
    const config = await writeConfig(lab.dir, [
      { host: "a.example.com", pair: client },
      { host: "b.example.com", pair: another, ca: corp.pem, token: "B_TOKEN" },
    ]);
    const proxy = await lab.proxy({
      args: ["--config", config],
      secrets: { B_TOKEN: "token-of-service-b" },
    });
    assert.equal((await ask(proxy, "a.example.com", "Authorization: mine\r\n")).status, 200);
    for (const _ of [1, 2]) assert.equal((await ask(proxy, "b.example.com")).status, 200);
    assert.deepEqual(a.requests.map(({ fingerprint }) => fingerprint), [
      fingerprintOf(client.cert),
    ]);
    assert.deepEqual(
      b.requests.map(({ fingerprint, headers }) => [fingerprint, headers["authorization"]]),
      Array(2).fill([fingerprintOf(another.cert), "Bearer token-of-service-b"]),
    );
    assert.equal(b.connections, 1, "the connection is kept");
    const rules = await (await fetch(`${proxy.adminUrl}/admin/rules`)).text();
    assert.match(rules, /"clientCertificate":\{"subject":"CN=test upstream","expires":"20/);
    const keyLine = client.key.split("\n")[2] ?? "";
    assert.ok(!(rules + proxy.stderr + proxy.stdout).includes(keyLine));
  });

  testWith(`a service that refuses the client certificate is reported, ${maxVersion}`, {
    needs: [tool("openssl")],
    fn: async () => {
      await using lab = await Lab.create();
      for (const host of ["a.example.com", "b.example.com"]) {
        const server = await RefusingServer.listen({
          dir: lab.dir,
          certificate: await lab.root.issue({ names: [host] }),
          clientCa: clients.pem,
          version: maxVersion,
        });
        lab.standIn([`${host}:443`], { address: server.address, server });
      }
      const config = await writeConfig(lab.dir, [
        { host: "a.example.com", pair: foreign },
        { host: "b.example.com", token: "B_TOKEN", serverName: "b.example.com" },
      ]);
      const proxy = await lab.proxy({
        args: ["--config", config],
        secrets: { B_TOKEN: "token-of-service-b" },
      });
      const details: string[] = [];
      for (const host of ["a.example.com", "b.example.com"]) {
        const refused = await ask(proxy, host);
        // What TLS 1.2 has for a missing certificate can mean other things too.
        const isSure = host === "a.example.com" || maxVersion === "TLSv1.3";
        const error = isSure ? "tls_alert_received" : "tls_protocol_error";
        assertRefused(refused, { status: 502, error });
        details.push(JSON.parse(refused.body).detail);
      }
      assert.match(
        details[0] ?? "",
        /^a.example.com does not accept the client certificate CN=test upstream, valid until 20\S+ \(TLS alert \w+\)$/,
      );
      assert.match(
        details[1] ?? "",
        maxVersion === "TLSv1.3"
          ? /^b.example.com demands a client certificate, and there is none for it \(TLS alert \w+\)$/
          : /^The TLS handshake with b.example.com failed .*; it may demand a client certificate$/,
      );
    },
  });
}

Deno.test("what the service must prove is the rule's own CA and name, with a client certificate too", async () => {
  await using lab = await Lab.create();
  const inner = "kubernetes.default.svc";
  const named = await serverFor(lab, { host: "named.example.com", root: corp, name: inner });
  const wrongName = await serverFor(lab, { host: "wrong-name.example.com", root: corp });
  // Its chain leads to a default root (--upstream-ca), which this rule does not trust.
  const wrongCa = await serverFor(lab, { host: "wrong-ca.example.com" });
  const noCa = await serverFor(lab, { host: "no-ca.example.com", root: corp });
  const own = { pair: client, ca: corp.pem };
  const config = await writeConfig(lab.dir, [
    { host: "named.example.com", serverName: inner, ...own },
    { host: "wrong-name.example.com", serverName: inner, ...own },
    { host: "wrong-ca.example.com", ...own },
    { host: "no-ca.example.com", pair: client },
  ]);
  const proxy = await lab.proxy({ args: ["--config", config] });
  assert.equal((await ask(proxy, "named.example.com")).status, 200);
  assert.equal(named.requests[0]?.headers["host"], "named.example.com");
  for (const host of ["wrong-name", "wrong-ca", "no-ca"]) {
    const refused = await ask(proxy, `${host}.example.com`);
    assertRefused(refused, { status: 502, error: "tls_certificate_error" });
  }
  for (const { requests } of [wrongName, wrongCa, noCa]) assert.equal(requests.length, 0);
});

Deno.test("a service that sends the client key back has it masked", async () => {
  await using lab = await Lab.create();
  const encoded = btoa(client.key);
  const server = await CertificateServer.listen({
    certificate: await lab.root.issue({ names: ["a.example.com"] }),
    clientCa: clients.pem,
    handler: (_, response) => response.end(`${client.key} ${encoded}`),
  });
  lab.standIn(["a.example.com:443"], { address: server.address, server });
  const config = await writeConfig(lab.dir, [{ host: "a.example.com", pair: client }]);
  const proxy = await lab.proxy({ args: ["--config", config] });
  const { body } = await ask(proxy, "a.example.com");
  assert.match(body, /^-----BEGIN PRIVATE KEY-----\n\*{64}\n/);
  for (const line of client.key.split("\n").slice(1, 3)) {
    assert.ok(!body.includes(line), body);
  }
  assert.ok(!body.includes(encoded.slice(80, 160)), body);
});

const unusable: [what: string, pair: ServerCertificate, said: RegExp][] = [
  ["a key of another", { cert: client.cert, key: another.key }, /does not belong to the client/],
  ["garbage", { cert: "garbage", key: client.key }, /is no PEM certificate; check which file/],
  [
    "an expired certificate",
    await clients.issue({ names: ["client"], usage: "clientAuth", validity: "expired" }),
    /the client certificate expired on 20/,
  ],
];

for (const [what, pair, said] of unusable) {
  Deno.test(`${what} as a client certificate does not start`, async () => {
    await using dir = await TempDir.create();
    const config = await writeConfig(dir, [{ host: "a.example.com", pair }]);
    const { code, stdout, stderr } = await runProxyToExit(
      ["--config", config, "--ca-dir", dir.join("ca"), "--listen", "127.0.0.1:0"],
      { dir },
    );
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, said);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.match(stderr, /^auth-proxy: \S+auth-proxy.yaml:2:5: Cannot use \S+client-0.pem with /);
  });
}
