import { parseCertificates } from "../secrets/certificates.ts";
import type { Problem } from "../secrets/problem.ts";

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

/** Reads the certificates of one PEM file as one text. */
export function readCa(path: string): string | Problem {
  const read = readPem(path);
  if ("certificates" in read) return read.certificates.join("\n");
  return { where: path, message: read.problem };
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
  const parsed = parseCertificates(text);
  return "refusal" in parsed ? { problem: parsed.refusal } : parsed;
}
