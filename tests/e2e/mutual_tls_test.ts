/**
 * The contract: at --listen-tls an agent is who its certificate says, TLS runs inside TLS, and what is
 * wrong with a certificate can be read. A certificate counts only if our client CA issued it.
 */

import assert from "node:assert/strict";
import {
  addAgent,
  basicField,
  type CertificateFiles,
  issueCertificate,
  runCommand,
} from "../support/agent_command.ts";
import { assertInjected } from "../support/assert_injected.ts";
import { assertRefused } from "../support/assert_refused.ts";
import { runClient, tryClient } from "../support/clients.ts";
import { Lab } from "../support/lab.ts";
import type { ClientResponse } from "../support/proxy_client.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { TestRoot } from "../support/test_pki.ts";
import { connectToTlsProxy, tunnelThroughTls } from "../support/tls_proxy_client.ts";
import { TextCollector } from "../support/text_collector.ts";
import { testWith, tool } from "../support/tools.ts";
import type { Upstream } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil } from "../support/wait_until.ts";

const target = "api.github.com:443";
const stranger = "stranger.example.com:443";
const secrets = { GITHUB_TOKEN: "ghp_real" };
const injected = { name: "authorization", value: "Bearer ghp_real" };

interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly upstream: Upstream;
  readonly proxy: ProxyProcess;
}

async function start(args: readonly string[] = []): Promise<World> {
  const lab = await Lab.create();
  const upstream = await lab.upstream([target], json({ login: "octocat" }));
  await lab.upstream([stranger], json({}));
  const proxy = await lab.proxy({ secrets, args: ["--listen-tls", "127.0.0.1:0", ...args] });
  return { lab, upstream, proxy, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

async function connect(
  proxy: ProxyProcess,
  { certificate, fields = "" }: { certificate?: CertificateFiles; fields?: string },
): Promise<ClientResponse> {
  using client = await connectToTlsProxy({
    proxy,
    ...(certificate === undefined ? {} : { certificate }),
  });
  return await client.openTunnel(stranger, fields);
}

function curl(proxy: ProxyProcess, certificate?: CertificateFiles): string[] {
  return [
    "curl",
    "--silent",
    "--show-error",
    "--proxy",
    proxy.tlsUrl,
    "--proxy-cacert",
    proxy.caFile,
    ...(certificate === undefined
      ? []
      : ["--proxy-cert", certificate.cert, "--proxy-key", certificate.key]),
    "https://api.github.com/user",
  ];
}

testWith("curl with a client certificate calls the API, with TLS in TLS", {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await start();
    const { proxy, lab } = world;
    const certificate = await issueCertificate(proxy, "ci");
    const client = { proxy, dir: lab.dir, secrets: ["ghp_real"] };
    for (const version of [[], ["--tls-max", "1.2"]]) {
      const command = [...curl(proxy, certificate), "--fail", ...version];
      assert.match((await runClient(command, client)).stdout, /octocat/);
    }
    for (const request of world.upstream.requests) {
      assert.deepEqual(request.values(injected.name), [injected.value]);
    }
    assert.equal(world.upstream.requests.length, 2);
  },
});

testWith("curl without a certificate fails the handshake, and the log says why", {
  needs: [tool("curl")],
  fn: async () => {
    await using world = await start();
    const { proxy, lab } = world;
    const output = await tryClient(curl(proxy), { proxy, dir: lab.dir, secrets: [] });
    assert.notEqual(output.code, 0);
    await waitUntil(() => /handshake failed .*certificate/.test(proxy.stderr), {
      what: "the log says that there was no certificate",
    });
    assert.equal(world.upstream.requests.length, 0);
  },
});

Deno.test("a certificate is for one agent, whose token may stand beside it and nobody else's", async () => {
  await using world = await start();
  const { proxy } = world;
  const certificate = await issueCertificate(proxy, "ci");
  assert.equal((await connect(proxy, { certificate })).status, 200);
  const [ci, dev] = [await addAgent(proxy, "ci"), await addAgent(proxy, "dev")];
  const withToken = (user: string, token: string) =>
    connect(proxy, { certificate, fields: basicField(user, token) });
  await waitUntil(async () => /not of agent ci/.test((await withToken("dev", dev)).body), {
    what: "both are known, and the token is dev's",
  });
  assert.equal((await withToken("ci", ci)).status, 200);
  assertRefused(await withToken("dev", dev), { status: 407 });
  assertRefused(await withToken("ci", "wrong"), { status: 407 });
  assertRefused(await withToken("dev", ci), { status: 407 });
});

Deno.test("the files of a certificate are the owner's alone as far as they are secret", async () => {
  await using world = await start();
  const { cert, key } = await issueCertificate(world.proxy, "ci");
  assert.equal(((await Deno.stat(key)).mode ?? 0) & 0o777, 0o600);
  assert.match(await Deno.readTextFile(cert), /^-----BEGIN CERTIFICATE-----/);
  assert.doesNotMatch(await Deno.readTextFile(cert), /PRIVATE/);
});

/** Certificates that a client may think of showing, none of which is an agent's. */
async function strangers({ proxy, lab }: World): Promise<Record<string, CertificateFiles>> {
  const root = await TestRoot.create("auth-proxy client CA");
  const others = {
    "of another CA": await root.issue({ names: ["ci"], usage: "clientAuth" }),
    "for servers": await root.issue({ names: ["ci"] }),
    "that has expired": await root.issue({
      names: ["ci"],
      usage: "clientAuth",
      validity: "expired",
    }),
    "of the client CA itself": await pairIn(`${proxy.caDir}/private/client-ca-key.pem`),
    "of the server CA itself": await pairIn(`${proxy.caDir}/private/ca-key.pem`),
  };
  const files: Record<string, CertificateFiles> = {};
  for (const [what, { cert, key }] of Object.entries(others)) {
    const name = what.replaceAll(" ", "-");
    files[what] = {
      cert: await lab.dir.write(`${name}.pem`, cert),
      key: await lab.dir.write(`${name}-key.pem`, key),
    };
  }
  return files;
}

async function pairIn(path: string): Promise<{ cert: string; key: string }> {
  const text = await Deno.readTextFile(path);
  const at = text.indexOf("-----BEGIN CERTIFICATE-----");
  return { key: text.slice(0, at), cert: text.slice(at) };
}

Deno.test("a certificate that is no agent's is refused where the client can read it, token or not", async () => {
  await using world = await start(["--allow-unauthenticated"]);
  const { proxy } = world;
  const token = await addAgent(proxy, "ci");
  await waitUntil(async () => {
    const certificate = await issueCertificate(proxy, "ci");
    return (await connect(proxy, { certificate, fields: basicField("ci", token) })).status === 200;
  }, { what: "ci is known" });
  for (const [what, certificate] of Object.entries(await strangers(world))) {
    for (const fields of ["", basicField("ci", token)]) {
      const response = await connect(proxy, { certificate, fields });
      assertRefused(response, { status: 403, error: "http_request_denied" });
      assert.match(response.body, /urn:auth-proxy:problem:certificate_refused/, what);
    }
  }
  assert.equal(world.upstream.requests.length, 0);
});

for (const version of ["-tls1_2", "-tls1_3"]) {
  testWith(`a resumed session (${version}) lets in whom the first let in, and nobody else`, {
    needs: [tool("openssl")],
    fn: async () => {
      await using world = await start();
      const { proxy, lab } = world;
      const session = lab.dir.join("session");
      const resumptions = [["-sess_out", session], ["-sess_in", session]];
      const foreign = (await strangers(world))["of another CA"];
      for (const certificate of [foreign, await issueCertificate(proxy, "ci")]) {
        assert.ok(certificate !== undefined);
        for (const resumption of resumptions) {
          const { stdout } = await openssl(proxy, {
            args: [version, "-cert", certificate.cert, "-key", certificate.key, ...resumption],
            request: `CONNECT ${stranger} HTTP/1.1\r\nHost: ${stranger}\r\n\r\n`,
          });
          const status = certificate === foreign ? 403 : 200;
          assert.match(stdout, new RegExp(`^HTTP/1\\.1 ${status} `), resumption.join(" "));
        }
      }
    },
  });
}

/** Speaks TLS with the listener by `openssl s_client`, until its answer ends. */
async function openssl(
  proxy: ProxyProcess,
  { args, request }: { args: readonly string[]; request: string },
): Promise<{ stdout: string }> {
  const { host } = new URL(proxy.tlsUrl);
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", host, "-CAfile", proxy.caFile, "-quiet", "-no_ign_eof", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(request));
  const stdout = new TextCollector(child.stdout);
  await waitUntil(() => stdout.text.includes("\r\n\r\n"), { what: "there is an answer" });
  await writer.close();
  await Promise.all([child.status, stdout.ended]);
  return { stdout: stdout.text };
}

Deno.test("revoking a name refuses its certificates at once, new ones too", async () => {
  await using world = await start();
  const { proxy } = world;
  const certificate = await issueCertificate(proxy, "ci");
  const other = await issueCertificate(proxy, "dev");
  assert.equal((await connect(proxy, { certificate })).status, 200);
  await runCommand(proxy, ["agent", "revoke", "ci"]);
  // One that is under way as the name is revoked is cut without an answer.
  const status = () => connect(proxy, { certificate }).then((answer) => answer.status, () => 0);
  await waitUntil(async () => await status() === 403, { what: "the certificate is refused" });
  const refused = await connect(proxy, { certificate });
  assert.match(refused.body, /Agent ci has been revoked/);
  assert.equal((await connect(proxy, { certificate: other })).status, 200);
});

Deno.test("what a certificate's agent does in a decrypted tunnel is under its rule", async () => {
  await using world = await start();
  const { proxy, upstream } = world;
  const certificate = await issueCertificate(proxy, "ci");
  using client = await tunnelThroughTls(target, { proxy, certificate });
  for (let request = 0; request < 3; request++) {
    const response = await client.get("/user", "Host: api.github.com\r\n");
    assert.equal(response.status, 200, response.body);
  }
  const elsewhere = await client.get("/user", "Host: stranger.example.com\r\n");
  assertRefused(elsewhere, { status: 421 });
  for (const request of upstream.requests) {
    assert.deepEqual(request.values(injected.name), [injected.value]);
  }
});

Deno.test("with --tls-clients token no certificate is asked for, and a token is demanded", async () => {
  await using world = await start(["--tls-clients", "token"]);
  const { proxy, upstream } = world;
  assertRefused(await connect(proxy, {}), { status: 407 });
  const shared = (await Deno.readTextFile(`${proxy.caDir}/private/agent-token`)).trim();
  const fields = basicField("agent", shared);
  assert.equal((await connect(proxy, { fields })).status, 200);
  using client = await tunnelThroughTls(target, { proxy, fields });
  assert.equal((await client.get("/user", "Host: api.github.com\r\n")).status, 200);
  assertInjected(upstream, injected);
});

testWith("the listener's certificate is for all that it may be called by", {
  needs: [tool("openssl")],
  fn: async () => {
    await using world = await start(["--tls-clients", "token"]);
    const { proxy } = world;
    const { hostname, port } = new URL(proxy.tlsUrl);
    const names = ["localhost", "127.0.0.1", "::1", "host.docker.internal", Deno.hostname()];
    for (const [name, code] of [...names.map((known) => [known, 0]), ["other.example", 1]]) {
      const option = /^[\d.]+$|:/.test(String(name)) ? "-verify_ip" : "-verify_hostname";
      const { stdout } = await new Deno.Command("openssl", {
        args: [
          ...["s_client", "-connect", `${hostname}:${port}`, "-CAfile", proxy.caFile],
          ...["-x509_strict", "-verify_return_error", option, String(name)],
        ],
        stdin: "null",
        stderr: "null",
      }).output();
      const verdict = /Verify return code: (\d+)/.exec(new TextDecoder().decode(stdout))?.[1];
      assert.equal(verdict === "0", code === 0, `${name}: ${verdict}`);
    }
  },
});

Deno.test("the TLS listener is out of reach through the proxy, like the others", async () => {
  await using world = await start(["--allow-private", "127.0.0.0/8"]);
  const { proxy } = world;
  const certificate = await issueCertificate(proxy, "ci");
  using client = await connectToTlsProxy({ proxy, certificate });
  const own = `127.0.0.1:${new URL(proxy.tlsUrl).port}`;
  assertRefused(await client.openTunnel(own), { status: 403 });
});
