import { createRootCertificate } from "../../src/ca/certificate_makers.ts";
import type { TempDir } from "./temp_dir.ts";

/** A CA for several proxies: its certificate, PEM, and the options that have a proxy use it. */
export async function sharedCa(dir: TempDir): Promise<{ pem: string; args: readonly string[] }> {
  const { certificatePem, keyPem } = await createRootCertificate({
    hostname: "shared",
    now: Date.now(),
  });
  const certificate = await dir.write("ca-cert.pem", certificatePem, { mode: 0o444 });
  const key = await dir.write("ca-key.pem", keyPem, { mode: 0o400 });
  return { pem: certificatePem, args: ["--ca-cert", certificate, "--ca-key", key] };
}
