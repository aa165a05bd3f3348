/**
 * The contract: a CA that the operator gives is used where it lies, nothing is written beside it, and
 * one that is no CA, or whose key others can read, is refused in one line without a word of the key.
 */
import { strict as assert } from "node:assert";
import { CaError } from "../../src/ca/ca_error.ts";
import { CertificateAuthority } from "../../src/ca/certificate_authority.ts";
import { createRootCertificate } from "../../src/ca/certificate_makers.ts";
import { readGivenPair } from "../../src/ca/given_pair.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { assertRefused, day, namesIn, openCa, run, superuser } from "./support.ts";

const made = await createRootCertificate({ hostname: "shared", now: Date.now() });
const other = await createRootCertificate({ hostname: "other", now: Date.now() });
const secrets = [made, other].map(({ keyPem }) => keyPem.split("\n")[1] ?? "");

/** A pair as Kubernetes mounts one: links into a hidden folder. */
async function mount(folder: TempDir, { cert = made.certificatePem, key = made.keyPem } = {}) {
  await folder.makeDir("secret/..2026");
  await folder.write("secret/..2026/tls.crt", cert, { mode: 0o644 });
  await folder.write("secret/..2026/tls.key", key);
  await Deno.symlink("..2026", folder.join("secret/..data"));
  for (const name of ["tls.crt", "tls.key"]) {
    await Deno.symlink(`..data/${name}`, folder.join("secret", name));
  }
  return {
    certificatePath: folder.join("secret/tls.crt"),
    keyPath: folder.join("secret/tls.key"),
  };
}

Deno.test("CertificateAuthority.open() uses a given pair, publishes its certificate and keeps no key", async () => {
  await using folder = await TempDir.create();
  const given = await mount(folder);
  const directory = folder.join("ca");
  // What was published before belongs to a CA that is not used any more.
  await openCa(directory);
  const ca = await CertificateAuthority.open({ directory, given, now: Date.now });
  assert.equal(ca.certificatePem, made.certificatePem);
  assert.equal(await Deno.readTextFile(ca.publicPath), made.certificatePem);
  assert.ok((await Deno.readTextFile(ca.bundlePath)).endsWith(made.certificatePem));
  const fresh = folder.join("fresh");
  const replica = await CertificateAuthority.open({ directory: fresh, given, now: Date.now });
  assert.equal(replica.fingerprint, ca.fingerprint);
  assert.deepEqual(await namesIn(replica.privateFolder), []);
  assert.deepEqual(await namesIn(folder.join("secret")), [
    "..2026",
    "..data",
    "tls.crt",
    "tls.key",
  ]);
});

const leaf = "it is not a CA's";
const cases: [string, Parameters<typeof mount>[1], RegExp][] = [
  ["a key of another certificate", { key: other.keyPem }, /does not belong to the certificate/],
  ["a certificate file that holds the key", { cert: made.keyPem }, /holds no certificate in PEM/],
  ["two certificates", { cert: made.certificatePem + other.certificatePem }, /more than one/],
  ["a key file without a key", { key: made.certificatePem }, /no unencrypted PKCS#8 key in PEM/],
  [
    "a key in the old form",
    { key: made.keyPem.replaceAll("PRIVATE KEY", "EC PRIVATE KEY") },
    /convert it: openssl pkcs8 -topk8 -nocrypt -in ".*tls\.key"$/,
  ],
  ["a corrupt key", { key: made.keyPem.replace(/\n.{20}/, "\nAAAA") }, /it is corrupt/],
];

for (const [what, parts, pattern] of cases) {
  Deno.test(`readGivenPair() refuses ${what}`, async () => {
    await using folder = await TempDir.create();
    const given = await mount(folder, parts);
    const read = () => readGivenPair(given, Date.now());
    await assertRefused(read, { type: CaError, pattern, secrets });
  });
}

Deno.test("readGivenPair() refuses a CA that has expired or is not valid yet, and files that are missing", async () => {
  await using folder = await TempDir.create();
  const given = await mount(folder);
  const later = () => readGivenPair(given, Date.now() + 6 * 365 * day);
  await assertRefused(later, { type: CaError, pattern: /it expired on/, secrets });
  const earlier = () => readGivenPair(given, Date.now() - 2 * day);
  await assertRefused(earlier, { type: CaError, pattern: /not valid before/, secrets });
  for (const part of ["certificatePath", "keyPath"]) {
    const read = () => readGivenPair({ ...given, [part]: folder.join("none") }, Date.now());
    await assertRefused(read, { type: CaError, pattern: /none": .*is the path right/ });
  }
});

testWith("readGivenPair() refuses a certificate that is no CA's", {
  needs: [tool("openssl")],
  async fn() {
    await using folder = await TempDir.create();
    const key = folder.join("leaf.key");
    const cert = folder.join("leaf.pem");
    const { success, output } = await run("openssl", {
      args: [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf".split(" "),
        ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", cert],
      ],
    });
    assert.ok(success, output);
    const read = () => readGivenPair({ certificatePath: cert, keyPath: key }, Date.now());
    await assertRefused(read, { type: CaError, pattern: new RegExp(leaf) });
  },
});

Deno.test("readGivenPair() refuses a key that others can read or write", async () => {
  await using folder = await TempDir.create();
  const given = await mount(folder);
  for (const mode of [0o604, 0o620, 0o640]) {
    await Deno.chmod(given.keyPath, mode);
    const read = () => readGivenPair(given, Date.now());
    const pattern = new RegExp(`its mode ${mode.toString(8)} lets others at it`);
    await assertRefused(read, { type: CaError, pattern, secrets });
  }
});

testWith("readGivenPair() as somebody else takes root's key for its group, and no wider one", {
  needs: [superuser],
  async fn() {
    await using folder = await TempDir.create();
    const given = await mount(folder);
    const script = await folder.write(
      "script.ts",
      `
      import { readGivenPair } from ${
        JSON.stringify(import.meta.resolve("../../src/ca/given_pair.ts"))
      };
      try {
        await readGivenPair(JSON.parse(Deno.args[0]), Date.now());
        console.log("taken");
      } catch (error) {
        console.log(error.message);
      }
    `,
    );
    const program = folder.join("program.js");
    const config = new URL(import.meta.resolve("../../deno.json")).pathname;
    const bundling = await run(Deno.execPath(), {
      args: ["bundle", "--quiet", "--no-lock", "--config", config, "-o", program, script],
    });
    assert.ok(bundling.success, bundling.output);
    // Deno itself may lie where nobody else can go.
    const deno = folder.join("deno");
    await Deno.copyFile(Deno.execPath(), deno);
    for (const path of [folder.path, deno]) await Deno.chmod(path, 0o755);
    await Deno.chmod(program, 0o644);
    const [nobody, group] = [65534, 12345];
    const readAs = async (owner: number, mode: number) => {
      await Deno.chown(given.keyPath, owner, group);
      await Deno.chmod(given.keyPath, mode);
      const command = new Deno.Command(deno, {
        args: [
          ..."run -A --quiet --no-config --no-lock --no-npm".split(" "),
          ...[program, JSON.stringify(given)],
        ],
        env: { DENO_DIR: folder.join("cache"), HOME: folder.path, NO_COLOR: "1" },
        cwd: folder.path,
        uid: nobody,
        gid: group,
      });
      const { stdout, stderr } = await command.output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    assert.match(await readAs(0, 0o440), /^taken\n$/);
    assert.match(await readAs(0, 0o444), /belongs to user 0/);
    assert.match(await readAs(0, 0o460), /belongs to user 0/);
    assert.match(await readAs(1234, 0o440), /belongs to user 1234/);
    assert.match(await readAs(nobody, 0o440), /its mode 440 lets others at it/);
    assert.match(await readAs(nobody, 0o400), /^taken\n$/);
  },
});
