/** What a leaf certificate says that differs from leaf to leaf. */
export interface LeafRequest {
  /** A canonical DNS name, or an IP literal without brackets. */
  readonly host: string;
  /** More hosts that it is for. */
  readonly alternatives?: readonly string[];
  /** First moment of validity, milliseconds since the epoch, whole seconds. */
  readonly notBefore: number;
  /** Last moment of validity, milliseconds since the epoch, whole seconds. */
  readonly notAfter: number;
}

/** Signs end-entity certificates for one leaf key. */
export interface LeafSigner {
  /** Returns one certificate as PEM. */
  sign(request: LeafRequest): Promise<string>;
}

/** Who vouches for leaves; the certificate authority is the one implementation. */
export interface LeafIssuer {
  /** Last moment of the CA's own validity, milliseconds since the epoch. */
  readonly notAfter: number;
  /** Makes a signer for leaves that certify `leafPublicKey`. */
  leafSigner(leafPublicKey: CryptoKey): Promise<LeafSigner>;
}
