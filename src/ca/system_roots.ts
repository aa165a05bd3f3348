import { readFile, realpath } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { CaError } from "./ca_error.ts";
import { fileErrorCode, fileFailure } from "../secrets/file_failure.ts";
import { pemBlocks } from "./pem.ts";

/** Where the roots came from, and the roots as PEM blocks. */
export interface SystemRoots {
  /** A path, or what else to call it. */
  readonly source: string;
  readonly certificates: readonly string[];
}

export interface SystemRootsOptions {
  /** The value of SSL_CERT_FILE, if there is one. */
  readonly sslCertFile?: string | undefined;
  /** A file that is not a source: the bundle that is being made. */
  readonly except?: string;
  /** Where to look, in this order. Default {@linkcode systemRootFiles}. */
  readonly files?: readonly string[];
}

/** Where systems keep their roots as one PEM file. */
export const systemRootFiles: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo, NixOS; Alpine too
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL 7 and later
  "/etc/pki/tls/certs/ca-bundle.crt", // RHEL 6
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/ssl/cert.pem", // macOS, Alpine
];

/**
 * Reads the machine's trust anchors: SSL_CERT_FILE if it is set, else the first of the usual files
 * that exists, else (Windows, a bare container) the Mozilla roots that come with Deno.
 *
 * `tls.getCACertificates("system")` would know the macOS keychain and the Windows store too. On
 * Linux it reads the same file in about the same time (2.5 to 3.5 ms; this function 4 to 6, once
 * at start-up), but it asks for one more permission, `--allow-sys=ca`, and throws a bare "No such
 * file" if SSL_CERT_FILE is wrong. What the keychain costs could not be measured here, and the
 * start-up budget is 200 ms in all, so an anchor that is only in there is given with --upstream-ca.
 *
 * @throws {CaError} If SSL_CERT_FILE is set and cannot be read or holds no certificate. To take
 * other roots instead could trust more than the operator wants.
 */
export async function readSystemRoots(options: SystemRootsOptions = {}): Promise<SystemRoots> {
  const chosen = options.sslCertFile;
  if (chosen !== undefined && chosen !== "" && !await isSame(chosen, options.except)) {
    const certificates = await readCertificates(chosen);
    if (typeof certificates === "string" || certificates.length === 0) {
      const why = typeof certificates === "string" ? certificates : "it holds no PEM certificate";
      throw new CaError(
        `Cannot read the system roots in ${JSON.stringify(chosen)}: ${why}; ` +
          "correct SSL_CERT_FILE, or unset it",
      );
    }
    return { source: chosen, certificates };
  }
  for (const file of options.files ?? systemRootFiles) {
    const certificates = await readCertificates(file);
    if (typeof certificates !== "string" && certificates.length > 0) {
      return { source: file, certificates };
    }
  }
  return {
    source: "the roots built into Deno",
    certificates: rootCertificates.flatMap((pem) => pemBlocks(pem, "CERTIFICATE")),
  };
}

/** The certificates in the file, or why it cannot be read. */
async function readCertificates(file: string): Promise<string[] | string> {
  try {
    return pemBlocks(await readFile(file, "utf8"), "CERTIFICATE");
  } catch (error) {
    return fileFailure(error);
  }
}

/**
 * Whoever has set SSL_CERT_FILE to our own bundle, as our clients do, would otherwise keep every
 * root that was ever in it, those of former CAs included.
 */
async function isSame(path: string, other: string | undefined): Promise<boolean> {
  if (other === undefined) return false;
  try {
    return await realpath(path) === await realpath(other);
  } catch (error) {
    if (fileErrorCode(error) === undefined) throw error;
    return false;
  }
}
