import { X509Certificate } from "node:crypto";
import type { Problem } from "../secrets/problem.ts";

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Reads the PEM files of --upstream-ca.
 *
 * @param problems Gets a line for each file that cannot be read or holds no certificate.
 * @returns One PEM text per certificate; other blocks, a private key say, are left out.
 */
export function readAnchors(paths: readonly string[], problems: Problem[]): string[] {
  const anchors: string[] = [];
  for (const path of paths) {
    const read = readPem(path);
    if ("certificates" in read) anchors.push(...read.certificates);
    else problems.push({ where: `--upstream-ca ${path}`, message: read.problem });
  }
  return anchors;
}

/** Reads the certificates of one PEM file. */
export function readPem(
  path: string,
): { readonly certificates: readonly string[] } | { readonly problem: string } {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    return { problem: missing ? "there is no such file" : "the file cannot be read" };
  }
  const certificates = text.match(block) ?? [];
  if (certificates.length === 0) {
    return { problem: "it holds no certificate: give a PEM file with -----BEGIN CERTIFICATE-----" };
  }
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    return { problem: "it holds a certificate that cannot be parsed" };
  }
  return { certificates };
}
