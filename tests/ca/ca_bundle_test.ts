import { strict as assert } from "node:assert";
import { composeCaBundle } from "../../src/ca/ca_bundle.ts";
import { CaError } from "../../src/ca/ca_error.ts";
import { toPem } from "../../src/ca/pem.ts";

const [first, second, extra, ours] = [1, 2, 3, 4].map((octet) =>
  toPem(new Uint8Array(50).fill(octet), "CERTIFICATE")
) as [string, string, string, string];

Deno.test("composeCaBundle() joins system, extra and own, each certificate once", () => {
  const bundle = composeCaBundle({
    systemRoots: [first, second],
    extraAnchors: [`${extra.replaceAll("\n", "\r\n")}text ${first}`],
    certificatePem: ours,
  });
  assert.equal(bundle, first + second + extra + ours);
});

Deno.test("composeCaBundle() leaves out a private key that lies beside an extra anchor", () => {
  const key = toPem(new Uint8Array(60).fill(9), "PRIVATE KEY");
  const bundle = composeCaBundle({
    systemRoots: [],
    extraAnchors: [key + extra + key.replaceAll("PRIVATE", "RSA PRIVATE")],
    certificatePem: ours,
  });
  assert.equal(bundle, extra + ours);
});

Deno.test("composeCaBundle() refuses an extra anchor without a certificate", () => {
  assert.throws(
    () => composeCaBundle({ systemRoots: [], extraAnchors: ["nothing"], certificatePem: ours }),
    CaError,
  );
});
