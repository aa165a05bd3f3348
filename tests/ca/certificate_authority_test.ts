import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { TempDir } from "../support/temp_dir.ts";
import { keyLines, madeCa, modeOf, namesIn, openCa, run } from "./support.ts";

Deno.test("CertificateAuthority.open() makes private/ and public/ with exactly these files and modes", async () => {
  await using folder = await TempDir.create();
  const { ca, directory, key, certificate, bundle } = await madeCa(folder);
  assert.deepEqual(await namesIn(directory), ["private", "public"]);
  assert.deepEqual(await namesIn(ca.privateFolder), ["ca-key.pem"]);
  assert.deepEqual(await namesIn(ca.publicFolder), ["ca-bundle.pem", "ca.pem"]);
  assert.equal(await modeOf(ca.privateFolder), "700");
  assert.equal(await modeOf(ca.publicFolder), "755");
  assert.equal(await modeOf(key), "600");
  assert.equal(await modeOf(certificate), "644");
  assert.equal(await modeOf(bundle), "644");
  assert.deepEqual([ca.publicPath, ca.bundlePath], [certificate, bundle]);
});

Deno.test("CertificateAuthority.open() puts no key material into public/", async () => {
  await using folder = await TempDir.create();
  const { directory, ca } = await madeCa(folder);
  const lines = await keyLines(directory);
  for (const name of await namesIn(ca.publicFolder)) {
    const text = await Deno.readTextFile(`${ca.publicFolder}/${name}`);
    assert.ok(!text.includes("PRIVATE"));
    for (const line of lines) assert.ok(!text.includes(line));
  }
});

Deno.test("CertificateAuthority tells its certificate, fingerprint, name and end", async () => {
  await using folder = await TempDir.create();
  const { ca, certificate } = await madeCa(folder);
  const pem = await Deno.readTextFile(certificate);
  const parsed = new X509Certificate(pem);
  assert.equal(ca.certificatePem, pem);
  assert.equal(ca.fingerprint, parsed.fingerprint256);
  assert.equal(ca.notAfter, parsed.validToDate.getTime());
  assert.match(ca.name, /^auth-proxy CA \(test-host, \d{4}-\d\d-\d\d, [0-9a-f]{6}\)$/);
});

Deno.test("CertificateAuthority.open() loads what is there and rewrites nothing", async () => {
  await using folder = await TempDir.create();
  const { ca, directory, key, certificate, bundle } = await madeCa(folder);
  const inodes = () => [key, certificate, bundle].map((path) => Deno.statSync(path).ino);
  const before = inodes();
  const again = await openCa(directory);
  assert.equal(again.certificatePem, ca.certificatePem);
  assert.deepEqual(inodes(), before);
});

Deno.test("CertificateAuthority.open() with a CA made earlier does not load @peculiar/x509", async () => {
  await using folder = await TempDir.create();
  const { directory } = await madeCa(folder);
  const script = await folder.write(
    "script.ts",
    `
    import { CertificateAuthority } from ${
      JSON.stringify(import.meta.resolve("../../src/ca/certificate_authority.ts"))
    };
    import { LeafCache } from ${JSON.stringify(import.meta.resolve("../../src/ca/leaf_cache.ts"))};
    const ca = await CertificateAuthority.open({ directory: Deno.args[0], now: Date.now });
    const cache = new LeafCache({ issuer: ca, now: Date.now });
    const before = "getMetadata" in Reflect;
    await cache.get("example.com");
    console.log(before, "getMetadata" in Reflect);
  `,
  );
  const config = new URL(import.meta.resolve("../../deno.json")).pathname;
  const { output } = await run(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", "--config", config, script, directory],
  });
  assert.equal(output.trim(), "false true");
});

Deno.test("CertificateAuthority.open() eight times at once on a new directory gives one CA", async () => {
  await using folder = await TempDir.create();
  for (let round = 0; round < 5; round++) {
    const directory = folder.join(`ca-${round}`);
    const all = await Promise.all(Array.from({ length: 8 }, () => openCa(directory)));
    assert.equal(new Set(all.map((ca) => ca.fingerprint)).size, 1);
    assert.deepEqual(await namesIn(`${directory}/private`), ["ca-key.pem"]);
    assert.deepEqual(await namesIn(`${directory}/public`), ["ca-bundle.pem", "ca.pem"]);
    assert.equal((await openCa(directory)).fingerprint, all[0]?.fingerprint);
  }
});

Deno.test("CertificateAuthority.open() in eight processes at once on a new directory gives one CA", async () => {
  await using folder = await TempDir.create();
  const script = await folder.write(
    "script.ts",
    `
    import { CertificateAuthority } from ${
      JSON.stringify(import.meta.resolve("../../src/ca/certificate_authority.ts"))
    };
    const ca = await CertificateAuthority.open({ directory: Deno.args[0], now: Date.now });
    console.log(ca.fingerprint);
  `,
  );
  const config = new URL(import.meta.resolve("../../deno.json")).pathname;
  const args = ["run", "-A", "--quiet", "--no-lock", "--config", config, script, folder.join("ca")];
  const all = await Promise.all(Array.from({ length: 8 }, () => run(Deno.execPath(), { args })));
  const outputs = new Set(all.map((one) => one.output.trim()));
  assert.equal(outputs.size, 1, [...outputs].join("\n"));
  assert.match([...outputs][0] ?? "", /^[0-9A-F:]{95}$/);
});

Deno.test("CertificateAuthority.open() publishes the certificate again after a crash or removal", async () => {
  await using folder = await TempDir.create();
  const { ca, directory, certificate, bundle } = await madeCa(folder);
  await Deno.remove(certificate);
  await Deno.remove(bundle);
  assert.equal((await openCa(directory)).fingerprint, ca.fingerprint);
  assert.equal(await Deno.readTextFile(certificate), ca.certificatePem);
  assert.ok((await Deno.readTextFile(bundle)).endsWith(ca.certificatePem));
});

Deno.test("CertificateAuthority.open() takes an operator's key with its certificate in public/ alone", async () => {
  await using folder = await TempDir.create();
  const { ca, directory, key } = await madeCa(folder);
  const text = await Deno.readTextFile(key);
  await Deno.writeTextFile(key, text.slice(0, text.indexOf("-----BEGIN CERTIFICATE")));
  assert.equal((await openCa(directory)).fingerprint, ca.fingerprint);
});

Deno.test("CertificateAuthority.open() writes roots, extra anchors and itself to ca-bundle.pem", async () => {
  await using folder = await TempDir.create();
  const root = (await openCa(folder.join("root"))).certificatePem;
  const extra = (await openCa(folder.join("extra"))).certificatePem;
  const key = await Deno.readTextFile(folder.join("extra", "private", "ca-key.pem"));
  const roots = await folder.write("roots.pem", `# a comment\n${root}`);
  const directory = folder.join("ca");
  const ca = await openCa(directory, { roots, extraAnchors: [key] });
  assert.equal(await Deno.readTextFile(ca.bundlePath), root + extra + ca.certificatePem);
  const { ino } = await Deno.stat(ca.bundlePath);
  await openCa(directory, { roots, extraAnchors: [extra] });
  assert.equal((await Deno.stat(ca.bundlePath)).ino, ino, "same content, not rewritten");
  await openCa(directory, { roots });
  assert.equal(await Deno.readTextFile(ca.bundlePath), root + ca.certificatePem);
  assert.deepEqual(await namesIn(ca.publicFolder), ["ca-bundle.pem", "ca.pem"]);
});

Deno.test("CertificateAuthority.open() with SSL_CERT_FILE set to its own bundle does not keep former roots", async () => {
  await using folder = await TempDir.create();
  const former = (await openCa(folder.join("former"))).certificatePem;
  const ca = await openCa(folder.join("ca"));
  await Deno.writeTextFile(ca.bundlePath, former);
  await openCa(folder.join("ca"), { roots: ca.bundlePath });
  const text = await Deno.readTextFile(ca.bundlePath);
  assert.ok(!text.includes(former));
  assert.ok(text.endsWith(ca.certificatePem));
});

Deno.test("CertificateAuthority keeps its key out of inspection and JSON", async () => {
  await using folder = await TempDir.create();
  const { ca, directory } = await madeCa(folder);
  const shown = Deno.inspect(ca, { depth: 10, showHidden: true } as Deno.InspectOptions) +
    JSON.stringify(ca);
  for (const line of await keyLines(directory)) assert.ok(!shown.includes(line));
  assert.ok(!shown.includes("PRIVATE KEY"));
});
