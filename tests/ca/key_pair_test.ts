import { strict as assert } from "node:assert";
import { CaError } from "../../src/ca/ca_error.ts";
import { checkKeyPair, type KeyPairText } from "../../src/ca/key_pair.ts";
import { toPem } from "../../src/ca/pem.ts";
import { createRootCertificate } from "../../src/ca/root_certificate.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "../../src/ca/x509.ts";
import { assertRefused, day } from "./support.ts";

const now = Date.UTC(2026, 10, 24);
const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const p384 = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-256" };
const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

function textOf(pair: { keyPem: string; certificatePem: string }): KeyPairText {
  return { ...pair, keyPath: "/k/key.pem", certificatePath: "/c/ca.pem", mend: "do this" };
}

interface Flaw {
  readonly algorithm?: typeof p256 | typeof rsa;
  readonly authority?: boolean;
  readonly usage?: KeyUsageFlags;
  readonly identifier?: boolean;
  readonly issuer?: string;
}

async function flawed(flaw: Flaw): Promise<KeyPairText> {
  const algorithm = flaw.algorithm ?? p256;
  const keys = await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const identifier = await SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "4001",
    subject: "CN=flawed",
    issuer: flaw.issuer ?? "CN=flawed",
    notBefore: new Date(now - day),
    notAfter: new Date(now + day),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(flaw.authority ?? true, undefined, true),
      new KeyUsagesExtension(flaw.usage ?? KeyUsageFlags.keyCertSign, true),
      ...(flaw.identifier === false ? [] : [identifier]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return textOf({
    keyPem: toPem(new Uint8Array(pkcs8), "PRIVATE KEY"),
    certificatePem: toPem(new Uint8Array(certificate.rawData), "CERTIFICATE"),
  });
}

async function assertUnfit(text: KeyPairText, pattern: RegExp, at = now): Promise<void> {
  const secrets = text.keyPem.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
  await assertRefused(async () => await Promise.resolve(checkKeyPair(text, at)), {
    type: CaError,
    pattern,
    secrets,
  });
}

Deno.test("checkKeyPair() accepts what createRootCertificate() makes, and a sound CA of another maker", async () => {
  const pair = await createRootCertificate({ hostname: "h", now });
  assert.equal(checkKeyPair(textOf(pair), now).certificate.ca, true);
  assert.equal(checkKeyPair(await flawed({}), now).certificate.subject, "CN=flawed");
});

Deno.test("checkKeyPair() refuses a certificate that may not sign others", async () => {
  await assertUnfit(
    await flawed({ authority: false }),
    /"\/c\/ca\.pem": it is not a CA's; do this$/,
  );
  await assertUnfit(await flawed({ usage: KeyUsageFlags.digitalSignature }), /keyCertSign/);
});

Deno.test("checkKeyPair() refuses a certificate that is not self-signed", async () => {
  await assertUnfit(await flawed({ issuer: "CN=another" }), /not a root that may sign/);
  const [one, other] = [await flawed({}), await flawed({})];
  // One octet of the signature, the certificate's last field, is changed.
  const body = one.certificatePem.split("\n").slice(1, -2).join("");
  const der = Uint8Array.fromBase64(body);
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  const forged = { ...one, certificatePem: toPem(der, "CERTIFICATE") };
  await assertUnfit(forged, /not a root that may sign/);
  assert.notEqual(one.keyPem, other.keyPem);
});

Deno.test("checkKeyPair() refuses a certificate without subject key identifier", async () => {
  await assertUnfit(await flawed({ identifier: false }), /no subject key identifier/);
});

Deno.test("checkKeyPair() refuses a key that belongs to another certificate", async () => {
  const [one, other] = [await flawed({}), await flawed({})];
  const mixed = { ...one, keyPem: other.keyPem };
  await assertUnfit(
    mixed,
    /"\/k\/key\.pem": it does not belong to the certificate in "\/c\/ca\.pem"/,
  );
  const foreign = { ...(await flawed({ algorithm: rsa })), keyPem: one.keyPem };
  await assertUnfit(foreign, /does not belong to the certificate/);
});

Deno.test("checkKeyPair() refuses a key that is not ECDSA P-256", async () => {
  await assertUnfit(await flawed({ algorithm: rsa }), /key\.pem": it is not ECDSA P-256; do this$/);
  await assertUnfit(await flawed({ algorithm: p384 }), /is not ECDSA P-256/);
});

Deno.test("checkKeyPair() refuses what is corrupt, and quotes none of it", async () => {
  const sound = await flawed({});
  const keyLine = sound.keyPem.split("\n")[1] ?? "";
  const broken = sound.keyPem.replace(keyLine, `AAAA${keyLine.slice(4)}`);
  await assertUnfit({ ...sound, keyPem: broken }, /^Cannot use the CA key in ".*": it is corrupt/);
  const rubbish = toPem(new Uint8Array(99).fill(5), "CERTIFICATE");
  const expected = /^Cannot use the CA certificate in ".*": it is corrupt/;
  await assertUnfit({ ...sound, certificatePem: rubbish }, expected);
});

Deno.test("checkKeyPair() holds to the validity, both ends included", async () => {
  const text = await flawed({});
  checkKeyPair(text, now - day);
  checkKeyPair(text, now + day);
  await assertUnfit(text, /it expired on Nov 25 .* 2026 GMT; do this$/, now + day + 1);
  await assertUnfit(
    text,
    /not valid before Nov 23 .* 2026 GMT; set this machine's clock$/,
    now - day - 1,
  );
});
