import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  type ClientCertificate,
  parseClientCertificate,
} from "../../src/secrets/client_certificate.ts";
import { TestRoot } from "../support/test_pki.ts";

const root = await TestRoot.create("clients");
const pair = await root.issue({ names: ["client"], usage: "clientAuth" });
const other = await root.issue({ names: ["client"], usage: "clientAuth" });
const expired = await root.issue({ names: ["client"], validity: "expired" });

function parse(certificate: string, key: string, now = Date.now()) {
  return parseClientCertificate({ name: "KEY", certificate, key }, now);
}

function accepted(certificate: string, key: string): ClientCertificate {
  const parsed = parse(certificate, key);
  assert.ok("certificate" in parsed, JSON.stringify(parsed));
  return parsed.certificate;
}

Deno.test("parseClientCertificate() takes a pair, with what stands around it, and prints no key", () => {
  const found = accepted(`subject=x\n${pair.cert}${root.pem}`, `Bag Attributes\n${pair.key}`);
  assert.equal(found.chain, `${pair.cert}${root.pem}`);
  assert.equal(found.subject, "CN=test upstream");
  assert.ok(found.notAfter > Date.now());
  assert.notEqual(found.id, accepted(other.cert, other.key).id);
  const secretPart = pair.key.split("\n")[2] ?? "";
  for (const text of [Deno.inspect(found, { depth: 9 }), JSON.stringify(found), `${found.key}`]) {
    assert.ok(!text.includes(secretPart), text);
  }
});

Deno.test("parseClientCertificate() reads a key under Talos's label", () => {
  const key = pair.key.replaceAll(" PRIVATE KEY", " ED25519 PRIVATE KEY");
  assert.equal(accepted(pair.cert, key).key.reveal(), pair.key);
});

const encryptedKey = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
}).privateKey;
const broken = pair.key.replace(/\n(.{8})/, "\nAAAA$1");

const refusals: [what: string, certificate: string, key: string, refusal: RegExp][] = [
  ["no certificate", "garbage", pair.key, /^the client certificate is no PEM certificate; check/],
  ["a key in its place", pair.key, pair.key, /^the client certificate is no PEM certificate/],
  [
    "a broken certificate",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    pair.key,
    /^the client certificate cannot be parsed/,
  ],
  [
    "a broken one in the chain",
    `${pair.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    pair.key,
    /^the client certificate cannot be parsed/,
  ],
  ["no key", pair.cert, pair.cert, /^the client key is no PEM private key/],
  ["a broken key", pair.cert, broken, /^the client key cannot be parsed/],
  ["an encrypted key", pair.cert, encryptedKey, /^the client key is encrypted; give it without/],
  ["another's key", pair.cert, other.key, /^the client key does not belong to the client cert/],
  ["an expired one", expired.cert, expired.key, /^the client certificate expired on \d{4}-.+Z; re/],
];

for (const [what, certificate, key, refusal] of refusals) {
  Deno.test(`parseClientCertificate() refuses ${what}, and quotes nothing`, () => {
    const parsed = parse(certificate, key);
    assert.ok("refusal" in parsed);
    assert.match(parsed.refusal, refusal);
    assert.ok(!parsed.refusal.includes("MIG"), parsed.refusal);
  });
}

Deno.test("parseClientCertificate() refuses one that is not valid yet", () => {
  const parsed = parse(pair.cert, pair.key, Date.now() - 10 * 86_400_000);
  assert.match(
    "refusal" in parsed ? parsed.refusal : "",
    /^the client certificate is not valid bef/,
  );
});
