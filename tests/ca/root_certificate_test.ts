import { strict as assert } from "node:assert";
import { X509Certificate as NodeCertificate } from "node:crypto";
import { createRootCertificate } from "../../src/ca/root_certificate.ts";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "../../src/ca/x509.ts";
import { day } from "./support.ts";

const now = Date.UTC(2026, 10, 24, 23, 59, 59, 999);

Deno.test("createRootCertificate() makes a P-256 CA with the extensions of RFC 5280", async () => {
  const { certificatePem } = await createRootCertificate({ hostname: "h", now });
  const certificate = new X509Certificate(certificatePem);
  const basic = certificate.getExtension(BasicConstraintsExtension);
  assert.deepEqual([basic?.ca, basic?.pathLength, basic?.critical], [true, 0, true]);
  const usage = certificate.getExtension(KeyUsagesExtension);
  assert.equal(usage?.usages, KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign);
  assert.equal(usage?.critical, true);
  const identifier = certificate.getExtension(SubjectKeyIdentifierExtension);
  assert.match(identifier?.keyId ?? "", /^[0-9a-f]{40}$/);
  assert.equal(identifier?.critical, false);
  assert.equal(certificate.extensions.length, 3);
  assert.deepEqual(certificate.publicKey.algorithm, { name: "ECDSA", namedCurve: "P-256" });
  assert.equal(await certificate.verify({ signatureOnly: true }), true);
});

Deno.test("createRootCertificate() is valid for five years, backdated by one day", async () => {
  const { certificatePem } = await createRootCertificate({ hostname: "h", now });
  const certificate = new NodeCertificate(certificatePem);
  const second = now - 999;
  assert.equal(certificate.validFromDate.getTime(), second - day);
  assert.equal(certificate.validToDate.getTime(), second + 5 * 365 * day);
});

Deno.test("createRootCertificate() writes times from 2050 on as GeneralizedTime without fraction", async () => {
  const late = Date.UTC(2047, 5, 1, 12, 0, 0, 123);
  const { certificatePem } = await createRootCertificate({ hostname: "h", now: late });
  const der = new TextDecoder("latin1").decode(new NodeCertificate(certificatePem).raw);
  assert.ok(der.includes("\x17\x0d470531120000Z"), "UTCTime before 2050");
  assert.ok(der.includes("\x18\x0f20520530120000Z"), "GeneralizedTime after");
});

Deno.test("createRootCertificate() names the host, the day and the end of the serial", async () => {
  const cases = [
    ["build-7.corp", "build-7.corp"],
    ["", "unnamed host"],
    ["Bob's, CN=Mac\n", "Bob-s--CN-Mac-"],
    ["x".repeat(200), "x".repeat(28)],
  ] as const;
  for (const [hostname, shown] of cases) {
    const { certificatePem } = await createRootCertificate({ hostname, now });
    const certificate = new X509Certificate(certificatePem);
    const names = certificate.subjectName.getField("CN");
    const serial = certificate.serialNumber.slice(-6);
    assert.deepEqual(names, [`auth-proxy CA (${shown}, 2026-11-24, ${serial})`]);
    assert.ok((names[0] ?? "").length <= 64, "ub-common-name");
    assert.deepEqual(certificate.subjectName.toJSON().length, 1);
  }
});

Deno.test("createRootCertificate() for clients says so, in its name and in extendedKeyUsage", async () => {
  const request = { hostname: "h".repeat(64), now, purpose: "clients" } as const;
  const { certificatePem } = await createRootCertificate(request);
  const root = new X509Certificate(certificatePem);
  assert.deepEqual([...root.getExtension(ExtendedKeyUsageExtension)?.usages ?? []], [
    "1.3.6.1.5.5.7.3.2",
  ]);
  const [name = ""] = root.subjectName.getField("CN");
  assert.match(name, /^auth-proxy client CA \(h+, \d{4}-\d\d-\d\d, [0-9a-f]{6}\)$/);
  assert.ok(name.length <= 64, `${name.length} characters`);
});

Deno.test("createRootCertificate() never repeats key, serial or name", async () => {
  const input = { hostname: "h", now };
  const made = await Promise.all(Array.from({ length: 5 }, () => createRootCertificate(input)));
  const certificates = made.map((one) => new X509Certificate(one.certificatePem));
  assert.equal(new Set(made.map((one) => one.keyPem)).size, 5);
  assert.equal(new Set(certificates.map((one) => one.serialNumber)).size, 5);
  assert.equal(new Set(certificates.map((one) => one.subject)).size, 5);
});
