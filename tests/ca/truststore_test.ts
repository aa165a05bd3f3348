/** The contract: what Java and OpenSSL make of the truststore is the bundle, no more and no less. */

import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { pemBlocks } from "../../src/ca/pem.ts";
import { makeTruststore } from "../../src/ca/truststore.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";
import { testWith, tool } from "../support/tools.ts";
import { madeCa, modeOf, namesIn, run } from "./support.ts";

async function bundleOf(names: readonly string[]): Promise<string> {
  const roots = await Promise.all(names.map((name) => TestRoot.create(name)));
  return roots.map(({ pem }) => pem).join("");
}

function fingerprints(bundlePem: string): string[] {
  return pemBlocks(bundlePem, "CERTIFICATE").map((pem) => new X509Certificate(pem).fingerprint256)
    .sort();
}

testWith("makeTruststore() gives Java every certificate of the bundle as a trusted one", {
  needs: [tool("keytool")],
  fn: async () => {
    await using folder = await TempDir.create();
    const bundle = await bundleOf(["one", "two", "three"]);
    const path = folder.join("truststore.p12");
    await Deno.writeFile(path, makeTruststore(bundle, "changeit"));
    const args = ["-list", "-keystore", path, "-storepass"];
    const { success, output } = await run("keytool", { args: [...args, "changeit"] });
    assert.ok(success, output);
    const listed = [...output.matchAll(/trustedCertEntry[^:]*\(SHA-256\): ([0-9A-F:]+)/g)];
    assert.deepEqual(listed.map(([, print]) => print).sort(), fingerprints(bundle));
    const wrong = await run("keytool", { args: [...args, "changed"] });
    assert.equal(wrong.success, false, "the MAC is looked at");
  },
});

testWith("makeTruststore() gives OpenSSL the certificates, and a MAC that holds", {
  needs: [tool("openssl")],
  fn: async () => {
    await using folder = await TempDir.create();
    const bundle = await bundleOf(["one", "two"]);
    const path = folder.join("truststore.p12");
    const bytes = makeTruststore(bundle, "changeit");
    await Deno.writeFile(path, bytes);
    const args = ["pkcs12", "-nokeys", "-in", path, "-passin", "pass:changeit"];
    const read = await run("openssl", { args });
    assert.ok(read.success, read.output);
    assert.deepEqual(fingerprints(read.output), fingerprints(bundle));
    const damaged = bytes.slice();
    const at = Math.floor(damaged.length / 2);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await Deno.writeFile(path, damaged);
    assert.equal((await run("openssl", { args })).success, false);
  },
});

Deno.test("makeTruststore() gives equal bytes for equal bundles, and others for others", async () => {
  const bundle = await bundleOf(["one"]);
  assert.deepEqual(makeTruststore(bundle, "changeit"), makeTruststore(bundle, "changeit"));
  assert.notDeepEqual(
    makeTruststore(bundle, "changeit"),
    makeTruststore(bundle + await bundleOf(["two"]), "changeit"),
  );
});

Deno.test("publishTrustKit() writes what all may read, and writes it again only if it is not that", async () => {
  await using folder = await TempDir.create();
  const { ca } = await madeCa(folder);
  await ca.publishTrustKit();
  const names = ["auth-proxy.ini", "ca-bundle.pem", "ca.pem", "truststore.p12"];
  assert.deepEqual(await namesIn(ca.publicFolder), names);
  const path = `${ca.publicFolder}/truststore.p12`;
  const made = await Deno.readFile(path);
  const { ino } = await Deno.stat(path);
  assert.equal(await modeOf(path), "644");
  await ca.publishTrustKit();
  assert.equal((await Deno.stat(path)).ino, ino);
  await Deno.writeFile(path, made.subarray(1));
  await ca.publishTrustKit();
  assert.deepEqual(await Deno.readFile(path), made);
});
