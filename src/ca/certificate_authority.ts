import type { X509Certificate } from "node:crypto";
import { phpSettings } from "../clients/php_settings.ts";
import { composeCaBundle } from "./ca_bundle.ts";
import { CaError } from "./ca_error.ts";
import { type CaPaths, caPaths } from "./ca_paths.ts";
import { type GivenPaths, readGivenPair } from "./given_pair.ts";
import { checkKeyPair, importSigningKey, type KeyPair, type KeyPairText } from "./key_pair.ts";
import type { LeafIssuer, LeafSigner } from "./leaf_signer.ts";
import { machineName } from "./machine_name.ts";
import { ensurePrivateFolder, PrivateFileError } from "./private_files.ts";
import { ensurePublicFolder, updatePublicFile } from "./public_files.ts";
import { createStoredPair, publishCertificate, readStoredPair } from "./stored_pair.ts";
import { readSystemRoots } from "./system_roots.ts";
import { TrustFiles } from "./trust_files.ts";

export interface OpenOptions {
  /** The `--ca-dir`; made if it does not exist. */
  readonly directory: string;
  /** A CA that was made elsewhere, which is read where it lies. Default: the directory's own. */
  readonly given?: GivenPaths | undefined;
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** PEM texts with trust anchors to add to ca-bundle.pem (the corporate --upstream-ca). */
  readonly extraAnchors?: readonly string[];
  /** What a new CA is called. Default: this machine's name. */
  readonly hostname?: string;
  /** A PEM file to take the system's roots from. Default: the environment's SSL_CERT_FILE. */
  readonly sslCertFile?: string | undefined;
}

/**
 * The root that vouches for the certificates shown to clients; ECDSA P-256, made on first start.
 *
 * `DIR/private/ca-key.pem` (0600, in a 0700 folder) and `DIR/public/` with `ca.pem` and
 * `ca-bundle.pem`, so that `public/` alone is mounted into a container.
 */
export class CertificateAuthority implements LeafIssuer {
  readonly #paths: CaPaths;
  readonly #certificate: X509Certificate;
  readonly #signingKey: CryptoKey;
  /** The certificate, PEM, as in `public/ca.pem`. */
  readonly certificatePem: string;
  /** What clients may have to trust it. */
  readonly trustFiles: TrustFiles;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;

  private constructor(
    paths: CaPaths,
    parts: {
      certificate: X509Certificate;
      certificatePem: string;
      signingKey: CryptoKey;
      bundlePem: string;
    },
  ) {
    this.#paths = paths;
    this.#certificate = parts.certificate;
    this.#signingKey = parts.signingKey;
    this.certificatePem = parts.certificatePem;
    this.trustFiles = new TrustFiles(parts);
    this.notAfter = parts.certificate.validToDate.getTime();
  }

  /**
   * Loads the CA in the directory, or makes one if there is none. Of several processes that start
   * at once on an empty directory one makes it, and all return the same CA.
   *
   * @throws {CaError} For whatever is broken or too open, in one line with the file and the mend.
   */
  static async open(options: OpenOptions): Promise<CertificateAuthority> {
    const paths = caPaths(options.directory);
    try {
      await ensurePrivateFolder(paths.privateFolder);
      await ensurePublicFolder(paths.publicFolder);
      const pair = options.given === undefined
        ? await ownPair(paths, options)
        : await givenPair(paths, { given: options.given, now: options.now });
      const { certificate, certificatePem } = pair;
      const bundlePem = await updateBundle(paths, { ...options, certificatePem });
      return new CertificateAuthority(paths, {
        certificate,
        certificatePem,
        signingKey: await importSigningKey(pair),
        bundlePem,
      });
    } catch (error) {
      if (error instanceof PrivateFileError) throw new CaError(error.message, { cause: error });
      throw error;
    }
  }

  /** Where the certificate lies: `DIR/public/ca.pem`. */
  get publicPath(): string {
    return this.#paths.certificate;
  }

  /** Where system roots and certificate lie together: `DIR/public/ca-bundle.pem`. */
  get bundlePath(): string {
    return this.#paths.bundle;
  }

  /** The folder to mount into containers. */
  get publicFolder(): string {
    return this.#paths.publicFolder;
  }

  /**
   * Puts what few clients need beside the bundle: the truststore for Java and the settings for PHP. It
   * takes some 40 ms, so nobody waits for it at start-up.
   *
   * @throws {CaError} If they cannot be written.
   */
  async publishTrustKit(): Promise<void> {
    await updatePublicFile(this.#paths.phpSettings, phpSettings.text);
    const truststore = await this.trustFiles.read("truststore.p12");
    await updatePublicFile(this.#paths.truststore, truststore.bytes);
  }

  /** The folder for files that only the proxy may read (mode 0700). */
  get privateFolder(): string {
    return this.#paths.privateFolder;
  }

  /** SHA-256 of the certificate, `AB:CD:…`, as `openssl x509 -fingerprint -sha256` prints it. */
  get fingerprint(): string {
    return this.#certificate.fingerprint256;
  }

  /** The subject's common name: the machine and the day that it was made. */
  get name(): string {
    return this.#certificate.subject.replace(/^CN=/, "");
  }

  async leafSigner(leafPublicKey: CryptoKey): Promise<LeafSigner> {
    const { createLeafSigner } = await import("./certificate_makers.ts");
    return await createLeafSigner({
      certificatePem: this.certificatePem,
      signingKey: this.#signingKey,
      leafPublicKey,
    });
  }
}

type UsablePair = KeyPair & { readonly certificatePem: string };

async function ownPair(paths: CaPaths, options: OpenOptions): Promise<UsablePair> {
  const text = await readStoredPair(paths) ?? await createPair(paths, options);
  const pair = checkKeyPair(text, options.now());
  await publishCertificate(paths, text.certificatePem);
  return { ...pair, certificatePem: text.certificatePem };
}

async function givenPair(
  paths: CaPaths,
  { given, now }: { given: GivenPaths; now: () => number },
): Promise<UsablePair> {
  const pair = await readGivenPair(given, now());
  // Whatever lies there is from before: what clients have to trust is what was given.
  await updatePublicFile(paths.certificate, pair.certificatePem);
  return pair;
}

async function createPair(paths: CaPaths, options: OpenOptions): Promise<KeyPairText> {
  const { createRootCertificate } = await import("./certificate_makers.ts");
  const hostname = options.hostname ?? machineName();
  // Whether ours was first or another's, what counts is what lies on disk now.
  await createStoredPair(paths, await createRootCertificate({ hostname, now: options.now() }));
  const stored = await readStoredPair(paths);
  if (stored === undefined) {
    throw new CaError(
      `Cannot use the CA key in ${JSON.stringify(paths.key)}: it was removed while being created`,
    );
  }
  return stored;
}

async function updateBundle(
  paths: CaPaths,
  options: OpenOptions & { readonly certificatePem: string },
): Promise<string> {
  const roots = await readSystemRoots({
    sslCertFile: "sslCertFile" in options ? options.sslCertFile : Deno.env.get("SSL_CERT_FILE"),
    except: paths.bundle,
  });
  const bundle = composeCaBundle({
    systemRoots: roots.certificates,
    extraAnchors: options.extraAnchors ?? [],
    certificatePem: options.certificatePem,
  });
  await updatePublicFile(paths.bundle, bundle);
  return bundle;
}
