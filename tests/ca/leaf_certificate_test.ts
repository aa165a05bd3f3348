import { strict as assert } from "node:assert";
import { createLeafSigner } from "../../src/ca/leaf_certificate.ts";
import type { LeafSigner } from "../../src/ca/leaf_signer.ts";
import { pemBlocks } from "../../src/ca/pem.ts";
import { createRootCertificate } from "../../src/ca/root_certificate.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "../../src/ca/x509.ts";

const now = Date.UTC(2026, 10, 24);
const p256 = { name: "ECDSA", namedCurve: "P-256" };

async function makeSigner(): Promise<{ signer: LeafSigner; root: X509Certificate }> {
  const root = await createRootCertificate({ hostname: "h", now });
  const body = (pemBlocks(root.keyPem, "PRIVATE KEY")[0] ?? "").split("\n").slice(1, -2).join("");
  const pkcs8 = Uint8Array.fromBase64(body);
  const signingKey = await crypto.subtle.importKey("pkcs8", pkcs8, p256, false, ["sign"]);
  const keys = await crypto.subtle.generateKey(p256, true, ["sign", "verify"]);
  const signer = await createLeafSigner({
    certificatePem: root.certificatePem,
    signingKey,
    leafPublicKey: keys.publicKey,
  });
  return { signer, root: new X509Certificate(root.certificatePem) };
}

async function sign(signer: LeafSigner, host: string): Promise<X509Certificate> {
  const pem = await signer.sign({ host, notBefore: now, notAfter: now + 1000 });
  return new X509Certificate(pem);
}

Deno.test("createLeafSigner() signs with the extensions of RFC 5280, each once", async () => {
  const { signer, root } = await makeSigner();
  const leaf = await sign(signer, "api.example.com");
  const basic = leaf.getExtension(BasicConstraintsExtension);
  assert.deepEqual([basic?.ca, basic?.pathLength, basic?.critical], [false, undefined, true]);
  const usage = leaf.getExtension(KeyUsagesExtension);
  assert.deepEqual([usage?.usages, usage?.critical], [KeyUsageFlags.digitalSignature, true]);
  const extended = leaf.getExtension(ExtendedKeyUsageExtension);
  assert.deepEqual([...extended?.usages ?? []], ["1.3.6.1.5.5.7.3.1"]);
  const authority = leaf.getExtension(AuthorityKeyIdentifierExtension);
  assert.equal(authority?.keyId, root.getExtension(SubjectKeyIdentifierExtension)?.keyId);
  assert.equal(authority?.critical, false);
  const subject = leaf.getExtension(SubjectKeyIdentifierExtension);
  assert.notEqual(subject?.keyId, authority?.keyId);
  assert.equal(leaf.extensions.length, 6);
  assert.equal(await leaf.verify({ publicKey: root.publicKey, signatureOnly: true }), true);
});

Deno.test("createLeafSigner() writes the issuer octet for octet as the CA's subject", async () => {
  const { signer, root } = await makeSigner();
  const leaf = await sign(signer, "example.com");
  assert.deepEqual(
    new Uint8Array(leaf.issuerName.toArrayBuffer()),
    new Uint8Array(root.subjectName.toArrayBuffer()),
  );
});

Deno.test("createLeafSigner() names DNS hosts and addresses by their kind", async () => {
  const { signer } = await makeSigner();
  const cases = [
    ["api.example.com", "dns"],
    ["_sip.example.com", "dns"],
    ["192.0.2.1", "ip"],
    ["2001:db8::1", "ip"],
  ] as const;
  for (const [host, type] of cases) {
    const leaf = await sign(signer, host);
    const names = leaf.getExtension(SubjectAlternativeNameExtension);
    assert.deepEqual(names?.names.toJSON(), [{ type, value: host }]);
    assert.equal(names?.critical, false);
    assert.deepEqual(leaf.subjectName.getField("CN"), [host]);
  }
});

Deno.test("createLeafSigner() names all the hosts that it is given, the first as the subject", async () => {
  const { signer } = await makeSigner();
  const pem = await signer.sign({
    host: "localhost",
    alternatives: ["127.0.0.1", "::1", "proxy.example.com"],
    notBefore: now,
    notAfter: now + 1000,
  });
  const leaf = new X509Certificate(pem);
  assert.deepEqual(leaf.getExtension(SubjectAlternativeNameExtension)?.names.toJSON(), [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
    { type: "dns", value: "proxy.example.com" },
  ]);
  assert.deepEqual(leaf.subjectName.getField("CN"), ["localhost"]);
});

Deno.test("createLeafSigner() leaves out a common name over 64 and makes the SAN critical", async () => {
  const { signer } = await makeSigner();
  const host = (length: number) => `${"a".repeat(40)}.${"b".repeat(length - 41)}`;
  const fits = await sign(signer, host(64));
  assert.deepEqual(fits.subjectName.getField("CN"), [host(64)]);
  assert.equal(fits.getExtension(SubjectAlternativeNameExtension)?.critical, false);
  const longer = await sign(signer, host(65));
  assert.equal(longer.subject, "");
  assert.equal(longer.getExtension(SubjectAlternativeNameExtension)?.critical, true);
});

Deno.test("createLeafSigner() never repeats a serial", async () => {
  const { signer } = await makeSigner();
  const leaves = await Promise.all(Array.from({ length: 20 }, () => sign(signer, "example.com")));
  for (const leaf of leaves) assert.match(leaf.serialNumber, /^[4-7][0-9a-f]{31}$/);
  assert.equal(new Set(leaves.map((leaf) => leaf.serialNumber)).size, 20);
});
