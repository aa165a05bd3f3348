/**
 * The contract: nobody is taken for an agent by a certificate that our client CA has not issued, however
 * much it looks like one that it has, nor by one of an agent that has been revoked, nor by one of which
 * it has not the key.
 */

import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { type CertificateFiles, issueCertificate, runCommand } from "../support/agent_command.ts";
import { Lab } from "../support/lab.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import type { TempDir } from "../support/temp_dir.ts";
import { tunnelThroughTls } from "../support/tls_proxy_client.ts";
import { testWith, tool } from "../support/tools.ts";
import { json } from "../support/upstream_scripts.ts";
import { waitUntil, within } from "../support/wait_until.ts";
import { basic } from "./agent_cases.ts";
import { secrets } from "./secrets.ts";

const target = "api.github.com:443";

/** Runs openssl; an argument with blanks is given in `more`. Gives what it prints. */
async function openssl(dir: TempDir, line: string, more: readonly string[] = []): Promise<string> {
  const args = [...line.split(" "), ...more];
  const command = new Deno.Command("openssl", { args, cwd: dir.path });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** The attacker's certificates, each with what it looks like. */
async function forge(
  { proxy, dir }: { proxy: ProxyProcess; dir: TempDir },
): Promise<(readonly [what: string, files: CertificateFiles])[]> {
  const genuine = await issueCertificate(proxy, "ci");
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
  await openssl(dir, `req -x509 ${key} -keyout self.key -out self.pem -subj /CN=ci`);
  // A CA of the same name as the one that issued the genuine one.
  const printed = await openssl(dir, `x509 -in ${genuine.cert} -noout -issuer -nameopt compat`);
  const issuer = printed.trim().replace(/^issuer=\s*/, "");
  await openssl(dir, `req -x509 ${key} -keyout ca.key -out ca.pem -subj`, [issuer]);
  await openssl(dir, `req ${key} -keyout ci.key -out ci.csr -subj /CN=ci`);
  await openssl(dir, "x509 -req -in ci.csr -CA ca.pem -CAkey ca.key -out ci.pem -days 2");
  // The genuine certificate is no secret; its key is.
  const self = await Deno.readTextFile(dir.join("self.pem"));
  await Deno.writeTextFile(dir.join("both.pem"), self + await Deno.readTextFile(genuine.cert));
  // An agent's own certificate that signs another.
  const dev = await issueCertificate(proxy, "dev");
  await openssl(
    dir,
    `x509 -req -in ci.csr -CA ${dev.cert} -CAkey ${dev.key} -out sub.pem -days 2`,
  );
  await Deno.writeTextFile(
    dir.join("sub-chain.pem"),
    await Deno.readTextFile(dir.join("sub.pem")) + await Deno.readTextFile(dev.cert),
  );
  const files = (cert: string, keyFile: string) => ({
    cert: dir.join(cert),
    key: dir.join(keyFile),
  });
  return [
    ["that it has signed itself", files("self.pem", "self.key")],
    ["of a CA that has the name of ours", files("ci.pem", "ci.key")],
    ["that it has signed itself, with a genuine one behind it", files("both.pem", "self.key")],
    ["that another agent's certificate has signed", files("sub-chain.pem", "ci.key")],
  ];
}

testWith("attack: use another agent's credential, by a certificate", {
  needs: [tool("openssl")],
  fn: async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([target], json({}));
    const proxy = await lab.proxy({ secrets, args: ["--listen-tls", "127.0.0.1:0"] });
    const forged = await forge({ proxy, dir: lab.dir });
    const genuine = await issueCertificate(proxy, "ci");
    async function ask(certificate: CertificateFiles | undefined, fields = ""): Promise<number> {
      const opening = tunnelThroughTls(target, {
        proxy,
        fields,
        ...(certificate === undefined ? {} : { certificate }),
      });
      using client = await within(opening, { what: "the tunnel is open or refused" });
      return (await client.get("/", "Host: api.github.com\r\n")).status;
    }
    for (const [what, certificate] of forged) {
      await assert.rejects(ask(certificate), `the certificate ${what} is refused`);
      await assert.rejects(ask(certificate, basic("ci:x")), `the certificate ${what} is refused`);
    }
    await assert.rejects(ask(undefined), "no certificate at all is refused");
    assert.equal(upstream.acceptedConnections, 0);
    // The control: with the genuine one the credential goes.
    assert.equal(await ask(genuine), 200);
    assert.equal(upstream.onlyRequest.values("authorization").length, 1);
    await runCommand(proxy, ["agent", "revoke", "ci"]);
    await waitUntil(async () => await ask(genuine).catch(() => 0) === 0, {
      what: "the certificate of a revoked agent is refused",
    });
    await assert.rejects(ask(genuine));
  },
});

/**
 * A key of the attacker's own that says that the certificate's public half is its own, too. OpenSSL
 * compares that half with the certificate's, and believes it.
 */
async function claimKey({ cert }: CertificateFiles, { key }: CertificateFiles): Promise<string> {
  const claimed = new X509Certificate(await Deno.readTextFile(cert)).publicKey;
  const { x, y } = claimed.export({ format: "jwk" });
  const { d } = createPrivateKey(await Deno.readTextFile(key)).export({ format: "jwk" });
  const octets = (text = "") => Uint8Array.fromBase64(text, { alphabet: "base64url" });
  // ECPrivateKey (RFC 5915 section 3) on P-256.
  const der = Uint8Array.from([
    ...[0x30, 0x77, 2, 1, 1, 4, 0x20, ...octets(d)],
    ...[0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
    ...[0xa1, 0x44, 3, 0x42, 0, 4, ...octets(x), ...octets(y)],
  ]);
  const lines = der.toBase64().replace(/.{64}/g, "$&\n");
  return `-----BEGIN EC PRIVATE KEY-----\n${lines}\n-----END EC PRIVATE KEY-----\n`;
}

/** Asks the listener who it takes the client for; gives all that comes back. */
async function askOpenssl(
  url: string,
  { caFile, cert, key, version }: CertificateFiles & { caFile: string; version: string },
): Promise<string> {
  const { port } = new URL(url);
  const line = `s_client -connect 127.0.0.1:${port} -servername localhost -quiet ${version} ` +
    `-CAfile ${caFile} -cert ${cert} -key ${key}`;
  const command = new Deno.Command("openssl", {
    args: line.split(" "),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
  const child = command.spawn();
  const request = "GET /.well-known/auth-proxy HTTP/1.1\r\nHost: localhost\r\n" +
    "Connection: close\r\n\r\n";
  const sending = new Response(request).body?.pipeTo(child.stdin).catch(() => {});
  const { stdout } = await within(child.output(), { what: "openssl has ended" });
  await sending;
  return new TextDecoder().decode(stdout);
}

testWith("attack: be another agent by its certificate, without the key", {
  needs: [tool("openssl")],
  fn: async () => {
    await using lab = await Lab.create();
    const proxy = await lab.proxy({ secrets, args: ["--listen-tls", "127.0.0.1:0"] });
    const ci = await issueCertificate(proxy, "ci");
    const dev = await issueCertificate(proxy, "dev");
    const claimed = await lab.dir.write("claimed.key", await claimKey(ci, dev));
    const { caFile } = proxy;
    let attempts = 0;
    for (const url of [proxy.url, proxy.tlsUrl]) {
      for (const version of ["-tls1_3", "-tls1_2"]) {
        const shown = { caFile, cert: ci.cert, version };
        assert.equal(await askOpenssl(url, { ...shown, key: claimed }), "");
        attempts++;
        // It is the proxy that has refused it, and not openssl.
        await waitUntil(() => proxy.stderr.match(/handshake failed/g)?.length === attempts, {
          what: "the handshake fails",
        });
        assert.match(await askOpenssl(url, { ...shown, key: ci.key }), /"agent": "ci"/);
      }
    }
  },
});
