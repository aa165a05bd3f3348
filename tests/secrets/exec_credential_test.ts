import assert from "node:assert/strict";
import { parseExecCredential } from "../../src/secrets/exec_credential.ts";
import { RenewalError } from "../../src/secrets/renewable.ts";
import { TestRoot } from "../support/test_pki.ts";

const apiVersion = "client.authentication.k8s.io/v1";
const now = Date.parse("2026-01-01T00:00:00Z");

function parse(value: unknown, at = now) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return parseExecCredential(text, { apiVersion, name: "kubeconfig-prod", now: at });
}

function credential(status: unknown, rest: Record<string, unknown> = {}) {
  return { apiVersion, kind: "ExecCredential", status, ...rest };
}

Deno.test("parseExecCredential() reads tokens and when they expire", () => {
  const found = parse(
    credential({ token: "sesame", clientCertificateData: "", clientKeyData: null }),
  );
  assert.equal(found.token?.reveal(), "sesame");
  assert.equal(found.token?.name, "kubeconfig-prod token");
  assert.equal(found.expiresAt, undefined);
  const times: [string, number][] = [
    ["2026-01-01T01:00:00Z", now + 3_600_000],
    ["2026-01-01T02:00:00+01:00", now + 3_600_000],
    ["2026-01-01t01:00:00.5z", now + 3_600_500],
  ];
  for (const [expirationTimestamp, expected] of times) {
    const { expiresAt } = parse(credential({ token: "sesame", expirationTimestamp }));
    assert.equal(expiresAt, expected);
  }
});

Deno.test("parseExecCredential() reads a client certificate, which expires too", async () => {
  const root = await TestRoot.create("clients");
  const { cert, key } = await root.issue({ names: ["admin"], usage: "clientAuth" });
  const status = { clientCertificateData: cert, clientKeyData: key };
  const found = parse(credential(status), Date.now());
  assert.equal(found.clientCertificate?.key.name, "kubeconfig-prod client key");
  assert.equal(found.expiresAt, found.clientCertificate?.notAfter);
  const soon = new Date(Date.now() + 60_000).toISOString();
  const sooner = parse(credential({ ...status, expirationTimestamp: soon }), Date.now());
  assert.equal(sooner.expiresAt, Date.parse(soon));
});

const refusals: [what: string, output: unknown, said: RegExp][] = [
  ["no JSON", "sesame", /its output is no JSON$/],
  ["a list", [], /no ExecCredential$/],
  ["another kind", credential({ token: "sesame" }, { kind: "Status" }), /no ExecCredential$/],
  ["another version", credential({}, { apiVersion: "v1beta1" }), /does not answer in client\.auth/],
  ["no status", credential(undefined), /has no status$/],
  ["nothing in it", credential({ token: "" }), /neither a token nor a client certificate$/],
  [
    "a token of two lines",
    credential({ token: "se\nsame" }),
    /token that it gives has a line break/,
  ],
  ["a token that is none", credential({ token: { sesame: 1 } }), /its token is no text$/],
  ["no time", credential({ token: "s", expirationTimestamp: "soon" }), /no time \(RFC 3339\)$/],
  ["a day", credential({ token: "s", expirationTimestamp: "2026-01-02" }), /no time \(RFC 3339\)$/],
  [
    "what has expired",
    credential({ token: "s", expirationTimestamp: "2026-01-01T00:00:00Z" }),
    /has expired already$/,
  ],
  ["a key alone", credential({ clientKeyData: "sesame" }), /without its key, or the key alone$/],
  [
    "a broken pair",
    credential({ clientCertificateData: "sesame", clientKeyData: "sesame" }),
    /of what it gives the client certificate is no PEM certificate/,
  ],
];

for (const [what, output, said] of refusals) {
  Deno.test(`parseExecCredential() refuses ${what}, and quotes nothing`, () => {
    assert.throws(() => parse(output), (error) => {
      assert.ok(error instanceof RenewalError);
      assert.match(error.message, said);
      assert.ok(!error.message.includes("sesame"));
      return true;
    });
  });
}
