import { createSecureContext, type SecureContext } from "node:tls";
import { parseHost } from "../wire/authority.ts";
import { quoteInput, WireError } from "../wire/wire_error.ts";
import { CaError } from "./ca_error.ts";
import type { LeafIssuer, LeafSigner } from "./leaf_signer.ts";
import { toPem } from "./pem.ts";

/** A certificate that this proxy shows to its clients, and what is needed to serve with it. */
export interface EndEntityCertificate {
  /** The name or address it is for. */
  readonly host: string;
  /**
   * The certificate alone. The CA's is left out, as RFC 8446 section 4.4.2 allows: a client that
   * trusts it has it, one that does not would not be convinced by it, and it would add half a
   * kilobyte to every handshake.
   */
  readonly certificateChainPem: string;
  /** PKCS#8; the same key for every leaf of this process. */
  readonly keyPem: string;
  /** Last moment of validity, milliseconds since the epoch. */
  readonly notAfter: number;
  /** For `new TLSSocket(socket, { isServer: true, secureContext })`. */
  readonly secureContext: SecureContext;
}

export interface LeafCacheOptions {
  readonly issuer: LeafIssuer;
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** Hosts, as `parseHost` writes them, that every certificate is for beside its own. */
  readonly alternatives?: readonly string[];
  /** How many certificates are kept; the one used longest ago goes first. Default 1000. */
  readonly capacity?: number;
}

interface Kept {
  readonly certificate: EndEntityCertificate;
  readonly notBefore: number;
  readonly renewAt: number;
}

interface Minter {
  readonly keyPem: string;
  readonly signer: LeafSigner;
}

const day = 86_400_000;
const backdating = day;
/** Including the backdating; RFC 5280 section 4.1.2.5 counts both ends, hence the second less. */
const longestLife = 30 * day - 1000;

/**
 * Leaf certificates by host, minted when first asked for.
 *
 * All share one P-256 key, which is made here, is not the CA's and never leaves memory: a key per
 * host would protect nothing (they would all lie in this process) and cost a generation each.
 */
export class LeafCache {
  readonly #issuer: LeafIssuer;
  readonly #now: () => number;
  readonly #capacity: number;
  readonly #alternatives: readonly string[];
  /** In the order of use, the latest at the end. */
  readonly #kept = new Map<string, Kept>();
  readonly #minting = new Map<string, Promise<EndEntityCertificate>>();
  #minter: Promise<Minter> | undefined;
  #hits = 0;
  #misses = 0;
  #minted = 0;

  constructor(options: LeafCacheOptions) {
    this.#issuer = options.issuer;
    this.#now = options.now;
    this.#capacity = options.capacity ?? 1000;
    this.#alternatives = options.alternatives ?? [];
    if (!Number.isSafeInteger(this.#capacity) || this.#capacity < 1) {
      throw new RangeError(`Cannot keep ${this.#capacity} certificates: at least 1 is needed`);
    }
  }

  /** How many certificates are kept at present. */
  get size(): number {
    return this.#kept.size;
  }

  /** How often {@linkcode get} found one that was kept, and how often not; how many were made. */
  get counts(): { readonly hits: number; readonly misses: number; readonly minted: number } {
    return { hits: this.#hits, misses: this.#misses, minted: this.#minted };
  }

  /**
   * Loads the certificate library and makes the leaf key (200 ms, once), so that the first request
   * need not wait for it. Optional; {@linkcode get} does it where it was not done.
   *
   * @throws {CaError} If the CA cannot sign.
   */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /**
   * The certificate for `host`, valid now: the one kept, or a new one if two thirds of its life
   * are over. Concurrent calls for one host share one minting; a failure is not kept.
   *
   * @param host A DNS name or IP literal as `parseHost` writes it.
   * @throws {TypeError} If `host` is neither.
   * @throws {CaError} If the CA has expired or cannot sign.
   */
  async get(host: string): Promise<EndEntityCertificate> {
    const now = this.#now();
    const kept = this.#kept.get(host);
    if (kept !== undefined) {
      this.#kept.delete(host);
      // The lower bound is for a clock that was set back by more than the backdating.
      if (kept.notBefore <= now && now < kept.renewAt) {
        this.#kept.set(host, kept);
        this.#hits++;
        return kept.certificate;
      }
    }
    this.#misses++;
    let minting = this.#minting.get(host);
    if (minting === undefined) {
      minting = this.#mint(host, now).finally(() => this.#minting.delete(host));
      this.#minting.set(host, minting);
    }
    return await minting;
  }

  async #mint(host: string, now: number): Promise<EndEntityCertificate> {
    if (!isCanonicalHost(host)) {
      throw new TypeError(
        `Cannot make a certificate for ${quoteInput(host)}: not a canonical host`,
      );
    }
    const validity = leafValidity(now, this.#issuer.notAfter);
    const { keyPem, signer } = await this.#prepared();
    const certificateChainPem = await signer.sign({
      host,
      alternatives: this.#alternatives,
      ...validity,
    });
    const certificate: EndEntityCertificate = {
      host,
      certificateChainPem,
      keyPem,
      notAfter: validity.notAfter,
      secureContext: createSecureContext({
        cert: certificateChainPem,
        key: keyPem,
        minVersion: "TLSv1.2",
      }),
    };
    this.#minted++;
    this.#keep(host, {
      certificate,
      notBefore: validity.notBefore,
      renewAt: renewalTime(now, validity.notAfter, this.#issuer.notAfter),
    });
    return certificate;
  }

  #keep(host: string, entry: Kept): void {
    this.#kept.set(host, entry);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#capacity) break;
      this.#kept.delete(oldest);
    }
  }

  #prepared(): Promise<Minter> {
    if (this.#minter === undefined) {
      const minter = createMinter(this.#issuer);
      this.#minter = minter;
      minter.catch(() => {
        this.#minter = undefined;
      });
    }
    return this.#minter;
  }
}

async function createMinter(issuer: LeafIssuer): Promise<Minter> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    keyPem: toPem(new Uint8Array(pkcs8), "PRIVATE KEY"),
    signer: await issuer.leafSigner(keys.publicKey),
  };
}

function isCanonicalHost(host: string): boolean {
  try {
    return parseHost(host).host === host;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** Whole seconds, since a certificate's times have no fraction; never past the CA's own end. */
function leafValidity(now: number, caNotAfter: number): { notBefore: number; notAfter: number } {
  if (now > caNotAfter) {
    throw new CaError(
      `Cannot make a certificate: the CA expired on ${new Date(caNotAfter).toISOString()}; ` +
        "remove its key and certificate and start again to have a new one made",
    );
  }
  const notBefore = Math.floor((now - backdating) / 1000) * 1000;
  return { notBefore, notAfter: Math.min(notBefore + longestLife, caNotAfter) };
}

/**
 * Two thirds of the way from now to the end. A leaf that ends with the CA is used to its end: a
 * new one would not last longer.
 */
function renewalTime(now: number, notAfter: number, caNotAfter: number): number {
  return notAfter === caNotAfter ? notAfter : now + (2 / 3) * (notAfter - now);
}
