/**
 * The contract: a credential goes to the authority that its rule names, over TLS that was verified,
 * and to nothing that only looks like it. What disagrees with itself is refused, and nothing of it
 * is forwarded.
 */

import assert from "node:assert/strict";
import { assertInjected, assertNoCredential } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { Lab } from "../support/lab.ts";
import { hostOf, RawClient } from "../support/proxy_client.ts";
import { runProxyToExit } from "../support/proxy_process.ts";
import { TempDir } from "../support/temp_dir.ts";
import { createSelfSigned, type ServerCertificate, TestRoot } from "../support/test_pki.ts";
import { json } from "../support/upstream_scripts.ts";

const secrets = {
  GITHUB_TOKEN: "ghp_real",
  SENTRY_AUTH_TOKEN: "sentry-real",
  K8S_HOSTS: "prod.k8s.corp,non-prod.k8s.corp",
  K8S_TOKEN_PROD: "kube-prod-real",
};
const credentials = ["ghp_real", "sentry-real", "kube-prod-real"];

const strangers = [
  { authority: "evilsentry.io:443", path: "/" },
  { authority: "sentry.io.evil.com:443", path: "/" },
  { authority: "evil.com:6443", path: "/" },
  { authority: "evil.com:443", path: "/api/v1" },
  { authority: "prod.k8s.corp.evil.com:6443", path: "/api/v1" },
  { authority: "prod.k8s.corp:443", path: "/api/v1" },
  { authority: "evilapi.github.com:443", path: "/" },
];

for (const { authority, path } of strangers) {
  Deno.test(`https://${authority}${path} is tunnelled as it is, without a credential`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([authority], json({}));
    const proxy = await lab.proxy({ secrets });
    // Only the lab's root is trusted here: were the tunnel decrypted, the handshake would fail.
    const tunnel = { target: authority, ca: lab.root.pem };
    using client = await RawClient.tunnel(proxy.url, tunnel);
    const response = await client.get(path, `Host: ${authority}\r\nAuthorization: mine\r\n`);
    assert.equal(response.status, 200);
    assert.deepEqual(upstream.onlyRequest.values("authorization"), ["mine"]);
    assertNoCredential(upstream, credentials);
  });
}

Deno.test("an API server that is named but has no token is refused with 502, not sent another's", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["non-prod.k8s.corp:6443"], json({}));
  const proxy = await lab.proxy({ secrets });
  using client = await RawClient.tunnel(proxy.url, {
    target: "non-prod.k8s.corp:6443",
    ca: await Deno.readTextFile(proxy.caFile),
  });
  const response = await client.get("/api/v1", "Host: non-prod.k8s.corp:6443\r\n");
  assertRefused(response, { status: 502, error: "proxy_configuration_error" });
  assert.equal(upstream.receivedBytes, 0);
});

const wrongHosts = [
  { host: "evil.com", status: 421 },
  { host: "api.github.com.evil.com", status: 421 },
  { host: "api.github.com:8443", status: 421 },
  { host: "github.com", status: 421 },
  { host: "user@api.github.com", status: 400 },
  { host: "api.github.com@evil.com", status: 400 },
  { host: "api.github.com:x@evil.com", status: 400 },
  { host: "api.github.com/@evil.com", status: 400 },
  { host: "api.github.com\r\nHost: api.github.com", status: 400 },
  { host: "", status: 400 },
];

for (const { host, status } of wrongHosts) {
  const shown = JSON.stringify(host);
  Deno.test(`Host ${shown} in a tunnel to api.github.com is refused with ${status}`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream(["api.github.com:443"], json({}));
    const proxy = await lab.proxy({ secrets });
    using client = await RawClient.tunnel(proxy.url, {
      target: "api.github.com:443",
      ca: await Deno.readTextFile(proxy.caFile),
    });
    assertRefused(await client.get("/user", `Host: ${host}\r\n`), { status });
    assert.equal(upstream.receivedBytes, 0);
  });
}

Deno.test("an absolute-form target in a tunnel must name the tunnel's authority", async () => {
  await using lab = await Lab.create();
  const upstream = await lab.upstream(["api.github.com:443"], json({}));
  const proxy = await lab.proxy({ secrets });
  using client = await RawClient.tunnel(proxy.url, {
    target: "api.github.com:443",
    ca: await Deno.readTextFile(proxy.caFile),
  });
  const response = await client.get("https://evil.com/user", "Host: api.github.com\r\n");
  assertRefused(response, { status: 421 });
  assert.equal(upstream.receivedBytes, 0);
});

for (const serverName of ["evil.com", "github.com", "uploads.github.com"]) {
  Deno.test(`SNI ${serverName} in a tunnel to api.github.com is refused`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream(["api.github.com:443", "evil.com:443"], json({}));
    const proxy = await lab.proxy({ secrets });
    const ca = await Deno.readTextFile(proxy.caFile);
    const tunnel = { target: "api.github.com:443", serverName, ca };
    await assertNoAnswer(async () => {
      using client = await RawClient.tunnel(proxy.url, tunnel);
      return (await client.get("/user", "Host: api.github.com\r\n")).status;
    });
    assert.equal(upstream.acceptedConnections, 0);
  });
}

/** Either the handshake fails, or what was asked is answered with 421. */
async function assertNoAnswer(attempt: () => Promise<number>): Promise<void> {
  let status: number;
  try {
    status = await attempt();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /Waited in vain/);
    return;
  }
  assert.equal(status, 421);
}

interface BadCertificate {
  readonly name: string;
  readonly make: (root: TestRoot, host: string) => Promise<ServerCertificate>;
}

const badCertificates: BadCertificate[] = [
  { name: "is expired", make: (root, host) => root.issue({ names: [host], validity: "expired" }) },
  { name: "is self-signed", make: (_, host) => createSelfSigned([host]) },
  { name: "is for another name", make: (root) => root.issue({ names: ["other.example.com"] }) },
  {
    name: "is not for servers",
    make: (root, host) => root.issue({ names: [host], usage: "clientAuth" }),
  },
  {
    name: "comes from a root that is not trusted",
    make: async (_, host) => await (await TestRoot.create("stranger")).issue({ names: [host] }),
  },
];

for (const { name, make } of badCertificates) {
  Deno.test(`an upstream whose certificate ${name} gets nothing`, async () => {
    await using lab = await Lab.create();
    const certificate = await make(lab.root, "api.github.com");
    const upstream = await lab.upstream(["api.github.com:443"], json({}), { certificate });
    await assertUntrusted(lab, { authority: "api.github.com:443", secrets });
    assert.equal(upstream.receivedBytes, 0);
    assert.deepEqual(upstream.requests, []);
  });
}

Deno.test("a rule's own CA replaces the default roots and those of --upstream-ca", async () => {
  await using lab = await Lab.create();
  const clusterRoot = await TestRoot.create("cluster root");
  const clusterSecrets = {
    K8S_TOKEN: "kube-prod-real",
    K8S_HOSTS: "real.k8s.corp,impostor.k8s.corp",
    K8S_CA: await lab.dir.write("cluster.pem", clusterRoot.pem),
  };
  // The impostor's certificate chains to the lab's root, which --upstream-ca makes a default one.
  const impostor = await lab.upstream(["impostor.k8s.corp:6443"], json({}));
  const certificate = await clusterRoot.issue({ names: ["real.k8s.corp"] });
  const real = await lab.upstream(["real.k8s.corp:6443"], json({}), { certificate });

  await assertUntrusted(lab, { authority: "impostor.k8s.corp:6443", secrets: clusterSecrets });
  assert.equal(impostor.receivedBytes, 0);

  const proxy = await lab.proxy({ secrets: clusterSecrets });
  using client = await RawClient.tunnel(proxy.url, {
    target: "real.k8s.corp:6443",
    ca: await Deno.readTextFile(proxy.caFile),
  });
  const response = await client.get("/api", "Host: real.k8s.corp:6443\r\n");
  assert.equal(response.status, 200, response.body);
  assertInjected(real, { name: "authorization", value: "Bearer kube-prod-real" });
});

async function assertUntrusted(
  lab: Lab,
  options: { authority: string; secrets: Readonly<Record<string, string>> },
): Promise<void> {
  const proxy = await lab.proxy({ secrets: options.secrets });
  using client = await RawClient.tunnel(proxy.url, {
    target: options.authority,
    ca: await Deno.readTextFile(proxy.caFile),
  });
  const host = options.authority.endsWith(":443") ? hostOf(options.authority) : options.authority;
  const response = await client.get("/", `Host: ${host}\r\n`);
  assertRefused(response, { status: 502, error: "tls_certificate_error" });
}

for (const target of ["http://api.github.com/user", "http://api.github.com:443/user"]) {
  Deno.test(`${target} in clear is refused with 403`, async () => {
    await using lab = await Lab.create();
    const upstream = lab.plainUpstream(["api.github.com:80", "api.github.com:443"], json({}));
    const proxy = await lab.proxy({ secrets });
    using client = await RawClient.connect(proxy.url);
    const response = await client.get(target, `Host: ${new URL(target).host}\r\n`);
    // new URL() keeps :443 on http, so Host agrees with the target in both cases.
    assertRefused(response, { status: 403, error: "http_request_denied" });
    assert.equal(upstream.acceptedConnections, 0);
  });
}

Deno.test("NODE_TLS_REJECT_UNAUTHORIZED=0 is refused at start", async () => {
  await using dir = await TempDir.create();
  const args = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ca-dir", dir.join("ca")];
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0", GITHUB_TOKEN: "ghp_real" };
  const outcome = await runProxyToExit(args, { dir, env });
  assert.equal(outcome.code, 2, outcome.stderr);
  assert.equal(outcome.stdout, "");
  assert.match(outcome.stderr, /NODE_TLS_REJECT_UNAUTHORIZED/);
});
