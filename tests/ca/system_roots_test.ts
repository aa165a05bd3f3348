import { strict as assert } from "node:assert";
import { rootCertificates } from "node:tls";
import { CaError } from "../../src/ca/ca_error.ts";
import { toPem } from "../../src/ca/pem.ts";
import { readSystemRoots } from "../../src/ca/system_roots.ts";
import { permissionFlags } from "../../scripts/permissions.ts";
import { TempDir } from "../support/temp_dir.ts";
import { assertRefused } from "./support.ts";

const one = toPem(new Uint8Array(50).fill(1), "CERTIFICATE");
const two = toPem(new Uint8Array(50).fill(2), "CERTIFICATE");

Deno.test("readSystemRoots() takes SSL_CERT_FILE before the usual files", async () => {
  await using folder = await TempDir.create();
  const chosen = await folder.write("chosen.pem", one);
  const usual = await folder.write("usual.pem", two);
  const roots = await readSystemRoots({ sslCertFile: chosen, files: [usual] });
  assert.deepEqual(roots, { source: chosen, certificates: [one] });
});

Deno.test("readSystemRoots() takes the first usual file that holds a certificate", async () => {
  await using folder = await TempDir.create();
  const empty = await folder.write("empty.pem", "");
  const usual = await folder.write("usual.pem", two);
  const later = await folder.write("later.pem", one);
  const files = [folder.join("missing.pem"), folder.path, empty, usual, later];
  const roots = await readSystemRoots({ sslCertFile: "", files });
  assert.deepEqual(roots, { source: usual, certificates: [two] });
});

Deno.test("readSystemRoots() falls back to the roots that come with Deno", async () => {
  const { certificates, source } = await readSystemRoots({ files: [] });
  assert.equal(certificates.length, rootCertificates.length);
  assert.match(source, /built into Deno/);
});

Deno.test("readSystemRoots() may fall back to them with the program's permissions", async () => {
  const module = new URL("../../src/ca/system_roots.ts", import.meta.url);
  const script = `
    const { readSystemRoots } = await import(${JSON.stringify(module.href)});
    console.log((await readSystemRoots({ files: [] })).certificates.length);`;
  await using folder = await TempDir.create();
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--config", "deno.json"],
      ...[...permissionFlags, await folder.write("roots.ts", script)],
    ],
  }).output();
  const text = new TextDecoder();
  assert.equal(text.decode(stdout), `${rootCertificates.length}\n`, text.decode(stderr));
});

Deno.test("readSystemRoots() refuses an SSL_CERT_FILE that is missing or holds no certificate", async () => {
  await using folder = await TempDir.create();
  const usual = await folder.write("usual.pem", two);
  const empty = await folder.write("empty.pem", "no certificate here");
  const missing = folder.join("missing.pem");
  await assertRefused(() => readSystemRoots({ sslCertFile: missing, files: [usual] }), {
    type: CaError,
    pattern:
      /^Cannot read the system roots in ".*missing\.pem": no such file; correct SSL_CERT_FILE/,
  });
  await assertRefused(() => readSystemRoots({ sslCertFile: empty, files: [usual] }), {
    type: CaError,
    pattern: /holds no PEM certificate; correct SSL_CERT_FILE/,
  });
});

Deno.test("readSystemRoots() skips an SSL_CERT_FILE that is our own bundle, by any path to it", async () => {
  await using folder = await TempDir.create();
  const bundle = await folder.write("bundle.pem", one);
  const usual = await folder.write("usual.pem", two);
  await Deno.symlink(bundle, folder.join("link.pem"));
  for (const sslCertFile of [bundle, folder.join("link.pem")]) {
    const roots = await readSystemRoots({ sslCertFile, except: bundle, files: [usual] });
    assert.deepEqual(roots.certificates, [two]);
  }
});
