/**
 * The contract: at --listen-tls nobody is taken for an agent by a certificate that our client CA has not
 * issued, however much it looks like one that it has, nor by one of an agent that has been revoked.
 */

import assert from "node:assert/strict";
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
