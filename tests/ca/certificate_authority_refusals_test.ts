/**
 * What is broken in a `--ca-dir` is refused: a `CaError` of one line with the file and the mend,
 * no key material in it, and nothing on disk is changed.
 */
import { strict as assert } from "node:assert";
import { CaError } from "../../src/ca/ca_error.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/tools.ts";
import {
  assertRefused,
  day,
  keyLines,
  madeCa,
  namesIn,
  openCa,
  run,
  superuser,
} from "./support.ts";

async function assertUnusable(directory: string, options: {
  pattern: RegExp;
  secrets?: readonly string[];
  now?: () => number;
}): Promise<void> {
  const { now, ...expected } = options;
  await assertRefused(() => openCa(directory, now === undefined ? {} : { now }), {
    type: CaError,
    ...expected,
  });
}

Deno.test("CertificateAuthority.open() refuses a key or a private folder that others can get at", async () => {
  await using folder = await TempDir.create();
  const { ca, directory, key } = await madeCa(folder);
  const secrets = await keyLines(directory);
  await Deno.chmod(key, 0o640);
  await assertUnusable(directory, { pattern: /mode 640 .*; chmod 600 ".*ca-key\.pem"$/, secrets });
  await Deno.chmod(key, 0o600);
  await Deno.chmod(ca.privateFolder, 0o755);
  await assertUnusable(directory, { pattern: /mode 755 .*; chmod 700 ".*private"$/, secrets });
});

testWith("CertificateAuthority.open() refuses another user's key", {
  needs: [superuser],
  async fn() {
    await using folder = await TempDir.create();
    const { directory, key } = await madeCa(folder);
    await Deno.chown(key, 65534, 65534);
    await assertUnusable(directory, { pattern: /belongs to user 65534, not to 0/ });
  },
});

Deno.test("CertificateAuthority.open() refuses a key that is no regular file", async () => {
  await using folder = await TempDir.create();
  const { directory, key } = await madeCa(folder);
  await Deno.remove(key);
  await Deno.mkdir(key, { mode: 0o700 });
  await assertUnusable(directory, { pattern: /ca-key\.pem": it is not a regular file/ });
});

Deno.test("CertificateAuthority.open() refuses a corrupt key and quotes none of it", async () => {
  await using folder = await TempDir.create();
  const { directory, key } = await madeCa(folder);
  const text = await Deno.readTextFile(key);
  const secrets = await keyLines(directory);
  const line = secrets[1] ?? "";
  const damages: readonly (readonly [string, RegExp])[] = [
    ["", /holds no unencrypted PKCS#8 key in PEM/],
    ["garbage", /holds no unencrypted PKCS#8 key in PEM/],
    [text.slice(0, 150), /holds no unencrypted PKCS#8 key in PEM/],
    [text.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), /holds no unencrypted PKCS#8 key/],
    [text + text, /holds more than one key/],
    [text.replace(secrets[0] ?? "", "A".repeat(64)), /it is corrupt/],
    [text.replace(line, line.toLowerCase()), /it is corrupt|does not belong to the certificate/],
  ];
  for (const [damaged, pattern] of damages) {
    await Deno.writeTextFile(key, damaged);
    await assertUnusable(directory, { pattern, secrets });
  }
});

Deno.test("CertificateAuthority.open() refuses a corrupt public certificate, and says to remove it", async () => {
  await using folder = await TempDir.create();
  const { directory, certificate } = await madeCa(folder);
  const text = await Deno.readTextFile(certificate);
  for (const damaged of ["", "garbage", text.slice(0, 200)]) {
    await Deno.writeTextFile(certificate, damaged);
    const pattern = /ca\.pem": it holds no PEM certificate; remove it to have it written anew$/;
    await assertUnusable(directory, { pattern });
  }
});

Deno.test("CertificateAuthority.open() refuses a public certificate that is not its key's", async () => {
  await using folder = await TempDir.create();
  const { directory, certificate } = await madeCa(folder);
  const other = await openCa(folder.join("other"));
  await Deno.writeTextFile(certificate, other.certificatePem);
  await assertUnusable(directory, {
    pattern: /ca\.pem": it is not the one that ".*" holds; remove/,
  });
});

Deno.test("CertificateAuthority.open() refuses a key whose only certificate is another's", async () => {
  await using folder = await TempDir.create();
  const { directory, key, certificate } = await madeCa(folder);
  const other = await openCa(folder.join("other"));
  const text = await Deno.readTextFile(key);
  await Deno.writeTextFile(key, text.slice(0, text.indexOf("-----BEGIN CERTIFICATE")));
  await Deno.writeTextFile(certificate, other.certificatePem);
  const secrets = await keyLines(directory);
  await assertUnusable(directory, { pattern: /it does not belong to the certificate in/, secrets });
});

Deno.test("CertificateAuthority.open() refuses a key without certificate, and leaves it as it is", async () => {
  await using folder = await TempDir.create();
  const { directory, key, certificate } = await madeCa(folder);
  const text = await Deno.readTextFile(key);
  const bare = text.slice(0, text.indexOf("-----BEGIN CERTIFICATE"));
  await Deno.writeTextFile(key, bare);
  await Deno.remove(certificate);
  await assertUnusable(directory, {
    pattern: /its certificate ".*ca\.pem" is missing; restore both/,
  });
  assert.equal(await Deno.readTextFile(key), bare);
});

Deno.test("CertificateAuthority.open() refuses a certificate without key, and makes no new key", async () => {
  await using folder = await TempDir.create();
  const { directory, ca, key } = await madeCa(folder);
  await Deno.remove(key);
  await assertUnusable(directory, { pattern: /its key ".*ca-key\.pem" is missing; restore both/ });
  assert.deepEqual(await namesIn(ca.privateFolder), []);
});

Deno.test("CertificateAuthority.open() refuses a CA that has expired or is not valid yet", async () => {
  await using folder = await TempDir.create();
  const { directory, ca } = await madeCa(folder);
  await assertUnusable(directory, { pattern: /it expired on/, now: () => ca.notAfter + 1000 });
  await assertUnusable(directory, { pattern: /not valid before/, now: () => Date.now() - 2 * day });
});

Deno.test("CertificateAuthority.open() says in one line that the directory cannot be made", async () => {
  await using folder = await TempDir.create();
  const file = await folder.write("file", "x");
  await assertUnusable(`${file}/ca`, { pattern: /^Cannot create the private folder ".*"/ });
});

testWith("CertificateAuthority.open() refuses a key that it cannot read", {
  needs: [superuser],
  async fn() {
    await using folder = await TempDir.create();
    const { directory, key } = await madeCa(folder);
    const bundled = folder.join("program.js");
    const script = await folder.write(
      "script.ts",
      `
      import { CertificateAuthority } from ${
        JSON.stringify(import.meta.resolve("../../src/ca/certificate_authority.ts"))
      };
      try {
        await CertificateAuthority.open({ directory: Deno.args[0], now: Date.now });
      } catch (error) {
        console.log(error.name + ": " + error.message);
      }
    `,
    );
    const config = new URL(import.meta.resolve("../../deno.json")).pathname;
    const bundling = await run(Deno.execPath(), {
      args: ["bundle", "--quiet", "--no-lock", "--config", config, "-o", bundled, script],
    });
    assert.ok(bundling.success, bundling.output);
    // Root reads everything, so the proxy has to run as somebody else.
    const nobody = 65534;
    await Deno.chmod(bundled, 0o644);
    await Deno.chmod(key, 0o000);
    for (
      const path of [folder.path, directory, `${directory}/private`, `${directory}/public`, key]
    ) {
      await Deno.chown(path, nobody, nobody);
    }
    // Deno itself may lie where nobody else can go.
    const deno = folder.join("deno");
    await Deno.copyFile(Deno.execPath(), deno);
    await Deno.chmod(deno, 0o755);
    const command = new Deno.Command(deno, {
      args: ["run", "-A", "--quiet", "--no-config", "--no-lock", "--no-npm", bundled, directory],
      env: { DENO_DIR: folder.join("cache"), HOME: folder.path },
      cwd: folder.path,
      uid: nobody,
      gid: nobody,
    });
    const { stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assert.match(
      decoder.decode(stdout),
      /^CaError: Cannot read the private file ".*ca-key\.pem": permission denied; run as the user/,
      decoder.decode(stderr),
    );
  },
});
