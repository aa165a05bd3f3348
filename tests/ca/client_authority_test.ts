import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { ClientAuthority } from "../../src/ca/client_authority.ts";
import { createClientCertificate } from "../../src/ca/client_certificate.ts";
import { importSigningKey } from "../../src/ca/key_pair.ts";
import { LeafCache } from "../../src/ca/leaf_cache.ts";
import { pemBlocks } from "../../src/ca/pem.ts";
import { createRootCertificate, type RootCertificate } from "../../src/ca/root_certificate.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";
import { day, madeCa, modeOf, run } from "./support.ts";

const now = Date.UTC(2026, 10, 24, 12);

async function openAuthority(folder: TempDir, clock = () => now): Promise<ClientAuthority> {
  return await ClientAuthority.open(folder.join("private"), clock);
}

function der(pem: string): Uint8Array {
  return new X509Certificate(pem).raw;
}

/** The authority's own pair, as it lies on disk. */
async function pairOf(folder: TempDir): Promise<RootCertificate> {
  const text = await Deno.readTextFile(folder.join("private", "client-ca-key.pem"));
  const [keyPem = ""] = pemBlocks(text, "PRIVATE KEY");
  const [certificatePem = ""] = pemBlocks(text, "CERTIFICATE");
  return { keyPem, certificatePem };
}

/** A certificate that is signed with the pair, whatever its subject. */
async function sign(pair: RootCertificate, agent: string): Promise<Uint8Array> {
  const issued = await createClientCertificate({
    authorityPem: pair.certificatePem,
    signingKey: await importSigningKey({
      certificate: new X509Certificate(pair.certificatePem),
      key: createPrivateKey(pair.keyPem),
    }),
    agent,
    now,
    notAfter: now + day,
  });
  return der(issued.certificatePem);
}

Deno.test("ClientAuthority.open() makes one authority, for several at a time, for the owner alone", async () => {
  await using folder = await TempDir.create();
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => openAuthority(folder)));
  assert.ok(first !== undefined);
  const { certificatePem } = await first.issue("ci", 1);
  for (const other of [...others, await openAuthority(folder)]) {
    assert.ok("agent" in other.verify(der(certificatePem)));
  }
  assert.equal(await modeOf(folder.join("private", "client-ca-key.pem")), "600");
});

Deno.test("ClientAuthority.verify() names the agent, the serial and the end of a certificate of its own", async () => {
  await using folder = await TempDir.create();
  const authority = await openAuthority(folder);
  for (const agent of ["ci", "0", "a".repeat(63), "build.linux-1_x"]) {
    const { certificatePem, keyPem, notAfter } = await authority.issue(agent, 90);
    assert.equal(notAfter, now + 90 * day);
    const serial = new X509Certificate(certificatePem).serialNumber.toLowerCase();
    assert.deepEqual(authority.verify(der(certificatePem)), { agent, serial, notAfter });
    assert.match(keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
  }
});

Deno.test("ClientAuthority.verify() holds to the validity, both ends included", async () => {
  await using folder = await TempDir.create();
  let clock = now;
  const authority = await openAuthority(folder, () => clock);
  const { certificatePem, notAfter } = await authority.issue("ci", 1);
  const moments: [number, RegExp | undefined][] = [
    [now - day, undefined],
    [now - day - 1, /not valid yet/],
    [notAfter, undefined],
    [notAfter + 1, /expired on/],
  ];
  for (const [moment, expected] of moments) {
    clock = moment;
    const verdict = authority.verify(der(certificatePem));
    if (expected === undefined) assert.ok("agent" in verdict, new Date(moment).toISOString());
    else assert.match("refusal" in verdict ? verdict.refusal : "accepted", expected);
  }
});

Deno.test("ClientAuthority.issue() makes nothing that outlives the authority", async () => {
  await using folder = await TempDir.create();
  const authority = await openAuthority(folder);
  const { notAfter } = await authority.issue("ci", 36_500);
  const { certificatePem } = await pairOf(folder);
  assert.equal(notAfter, new X509Certificate(certificatePem).validToDate.getTime());
});

Deno.test("ClientAuthority.verify() refuses what others vouch for, and what is not for agents", async () => {
  await using folder = await TempDir.create();
  const authority = await openAuthority(folder);
  const own = await pairOf(folder);
  const impostor = await TestRoot.create(
    new X509Certificate(own.certificatePem).subject.replace("CN=", ""),
  );
  const { ca } = await madeCa(folder);
  const leaf = await new LeafCache({ issuer: ca, now: () => now }).get("ci.example.com");
  const good = await sign(own, "ci");
  const damaged = Uint8Array.from(good);
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  const stranger = await createRootCertificate({ hostname: "x", now, purpose: "clients" });
  const refused: [string, Uint8Array, RegExp][] = [
    ["garbage", new Uint8Array([0x30, 0x03, 1, 2, 3]), /malformed/],
    ["nothing", new Uint8Array(), /malformed/],
    ["a damaged signature", damaged, /not issued/],
    ["a leaf of the server CA", der(leaf.certificateChainPem), /not issued/],
    ["the server CA", der(ca.certificatePem), /not issued/],
    ["another client CA", await sign(stranger, "ci"), /not issued/],
    [
      "a root of the same name",
      der((await impostor.issue({ names: ["ci"], usage: "clientAuth" })).cert),
      /not issued/,
    ],
    ["the client CA itself", der(own.certificatePem), /not for clients/],
    ["a name in capitals", await sign(own, "Ci"), /not the name of an agent/],
    ["no name", await sign(own, ""), /not the name of an agent/],
    ["a name with a line break", await sign(own, "ci\nCN=root"), /not the name of an agent/],
  ];
  for (const [what, certificate, expected] of refused) {
    const verdict = authority.verify(certificate);
    assert.match("refusal" in verdict ? verdict.refusal : "accepted", expected, what);
  }
  assert.ok("agent" in authority.verify(good));
});

Deno.test("a client certificate is no server's, for OpenSSL and even for who trusts the client CA", async () => {
  await using folder = await TempDir.create();
  const authority = await openAuthority(folder, Date.now);
  const { certificatePem } = await authority.issue("ci", 1);
  const root = await folder.write("root.pem", (await pairOf(folder)).certificatePem);
  const leaf = await folder.write("leaf.pem", certificatePem);
  for (const [purpose, success] of [["sslclient", true], ["sslserver", false]] as const) {
    const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", root, leaf];
    const { success: accepted, output } = await run("openssl", { args });
    assert.equal(accepted, success, output);
  }
});

Deno.test("ClientAuthority.open() refuses a file that is open to others or is no pair, and says how to mend it", async () => {
  await using folder = await TempDir.create();
  await openAuthority(folder);
  const path = folder.join("private", "client-ca-key.pem");
  await Deno.chmod(path, 0o640);
  await assert.rejects(openAuthority(folder), /chmod 600/);
  await Deno.chmod(path, 0o600);
  const { certificatePem } = await pairOf(folder);
  for (const text of ["", certificatePem]) {
    await Deno.writeTextFile(path, text);
    await assert.rejects(openAuthority(folder), /one PKCS#8 key and its certificate; restore it/);
  }
});
