import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { isAgentName } from "../policy/agent_name.ts";
import { CaError } from "./ca_error.ts";
import type { IssuedClientCertificate } from "./client_certificate.ts";
import { checkKeyPair, importSigningKey, type KeyPairText } from "./key_pair.ts";
import { machineName } from "./machine_name.ts";
import { pemBlocks } from "./pem.ts";
import { createPrivateFile, ensurePrivateFolder, readPrivateFile } from "./private_files.ts";

/** Who a client certificate is for. */
export interface ClientCertificate {
  readonly agent: string;
  /** The serial number in lower-case hex. */
  readonly serial: string;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;
}

/** Whether a certificate is one of ours, and the reason if it is not. */
export type ClientCertificateVerdict = ClientCertificate | { readonly refusal: string };

/** extendedKeyUsage (2.5.29.37), not critical, of clientAuth (1.3.6.1.5.5.7.3.2) alone, in DER. */
const clientAuthAlone = Buffer.from("0603551d25040c300a06082b06010505070302", "hex");

/**
 * The root that vouches for agents towards this proxy; ECDSA P-256, made when first needed.
 *
 * It is apart from the one that vouches for servers towards clients: it lies in
 * `DIR/private/client-ca-key.pem`, the key followed by its certificate, and nowhere in the public
 * folder, as nobody but this proxy has to trust it.
 */
export class ClientAuthority {
  readonly #certificatePem: string;
  readonly #certificate: X509Certificate;
  readonly #signingKey: CryptoKey;
  readonly #now: () => number;

  private constructor(
    certificatePem: string,
    { certificate, signingKey, now }: {
      certificate: X509Certificate;
      signingKey: CryptoKey;
      now: () => number;
    },
  ) {
    this.#certificatePem = certificatePem;
    this.#certificate = certificate;
    this.#signingKey = signingKey;
    this.#now = now;
  }

  /**
   * Loads the authority, or makes one if there is none; of several processes one makes it.
   *
   * @param now The clock: milliseconds since the epoch.
   * @throws {CaError} If it is not fit for use.
   * @throws {PrivateFileError} If it cannot be read or written, or others can read it.
   */
  static async open(privateFolder: string, now: () => number): Promise<ClientAuthority> {
    await ensurePrivateFolder(privateFolder);
    const path = pathIn(privateFolder);
    return await ClientAuthority.#of(await readPair(path) ?? await createPair(path, now()), now);
  }

  /**
   * Loads the authority if there is one.
   *
   * @throws {CaError} If it is not fit for use.
   * @throws {PrivateFileError} If it cannot be read, or others can read it.
   */
  static async openExisting(
    privateFolder: string,
    now: () => number,
  ): Promise<ClientAuthority | undefined> {
    const text = await readPair(pathIn(privateFolder));
    return text === undefined ? undefined : await ClientAuthority.#of(text, now);
  }

  static async #of(text: KeyPairText, now: () => number): Promise<ClientAuthority> {
    const pair = checkKeyPair(text, now());
    return new ClientAuthority(text.certificatePem, {
      certificate: pair.certificate,
      signingKey: await importSigningKey(pair),
      now,
    });
  }

  /**
   * Makes a key and the certificate of an agent for it.
   *
   * @param agent A name that {@linkcode isAgentName} accepts.
   * @param days How long it is valid from now on; it ends with the authority at the latest.
   */
  async issue(agent: string, days: number): Promise<IssuedClientCertificate> {
    const { createClientCertificate } = await import("./certificate_makers.ts");
    return await createClientCertificate({
      authorityPem: this.#certificatePem,
      signingKey: this.#signingKey,
      agent,
      now: this.#now(),
      notAfter: Math.min(
        this.#now() + days * 86_400_000,
        this.#certificate.validToDate.getTime(),
      ),
    });
  }

  /**
   * Tells who a certificate is for: one that this authority issued to an agent (RFC 5280 section 6.1
   * with a path of one certificate), at the present time.
   *
   * It is checked here and not in the TLS handshake, because Deno 2.9 lets a handshake with any
   * certificate succeed. What the handshake does check is that the client has the certificate's key.
   *
   * @param der The certificate that the client has shown first.
   */
  verify(der: Uint8Array): ClientCertificateVerdict {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(der);
    } catch {
      return { refusal: "it is malformed" };
    }
    const authority = this.#certificate;
    if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
      return { refusal: "it was not issued by this proxy's client CA" };
    }
    if (certificate.ca || !certificate.raw.includes(clientAuthAlone)) {
      return { refusal: "it is not for clients" };
    }
    const [, agent = ""] = /^CN=([^\n]*)$/.exec(certificate.subject) ?? [];
    if (!isAgentName(agent)) return { refusal: "its subject is not the name of an agent" };
    const now = this.#now();
    const notAfter = certificate.validToDate.getTime();
    if (now > notAfter) return { refusal: `it expired on ${certificate.validTo}` };
    if (now < certificate.validFromDate.getTime()) return { refusal: "it is not valid yet" };
    return { agent, serial: certificate.serialNumber.toLowerCase(), notAfter };
  }
}

function pathIn(privateFolder: string): string {
  return join(privateFolder, "client-ca-key.pem");
}

async function readPair(path: string): Promise<KeyPairText | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const name = JSON.stringify(path);
  const mend = "restore it from a backup, or have a new client CA made, after which every client " +
    `needs a new certificate: rm ${name}`;
  const [keyPem, ...otherKeys] = pemBlocks(text, "PRIVATE KEY");
  const [certificatePem] = pemBlocks(text, "CERTIFICATE");
  if (keyPem === undefined || otherKeys.length > 0 || certificatePem === undefined) {
    throw new CaError(
      `Cannot use the client CA in ${name}: it does not hold one PKCS#8 key and its certificate; ` +
        mend,
    );
  }
  return { keyPem, keyPath: path, certificatePem, certificatePath: path, mend };
}

async function createPair(path: string, now: number): Promise<KeyPairText> {
  const { createRootCertificate } = await import("./certificate_makers.ts");
  const pair = await createRootCertificate({ hostname: machineName(), now, purpose: "clients" });
  await createPrivateFile(path, pair.keyPem + pair.certificatePem);
  // Whether ours was first or another's, what counts is what lies on disk now.
  const stored = await readPair(path);
  if (stored !== undefined) return stored;
  throw new CaError(
    `Cannot use the client CA in ${JSON.stringify(path)}: it was removed while being created`,
  );
}
