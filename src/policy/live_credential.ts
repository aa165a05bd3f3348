import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { RenewalState } from "../secrets/renewable.ts";
import type { Credential, Injection } from "./inject.ts";

/** What is done for a rule's requests at one moment, or why they are answered with 502. */
export interface CredentialState {
  readonly injection?: Injection;
  /** What the proxy shows to the service in the handshake. */
  readonly clientCertificate?: ClientCertificate;
  readonly unavailable?: string;
}

/** What came of an attempt to renew something. */
export interface CredentialOutcome {
  /** What it was. */
  readonly title: string;
  /** Why it failed, if it did. */
  readonly failure?: string;
}

/** How one of the values is of which a credential is made. */
export interface PartState extends RenewalState {
  /** The variable that it is in, if it is in one. */
  readonly name?: string;
}

/** The credential of a rule that expires or changes while the proxy runs. */
export interface LiveCredential {
  /** What it is called where it is spoken of; never holds a value. */
  readonly title: string;
  /** How the values are of which it is made, but for those that never change. */
  readonly states: readonly PartState[];
  /** Exactly one of `injection` and `unavailable` is set in it. */
  current(): CredentialState;
  /**
   * Has it renewed if it is time for that.
   *
   * @returns What to wait for before {@linkcode current} is asked; `undefined` if there is nothing.
   */
  renew(): Promise<void> | undefined;
  /** Says that the service answered 401: the credential may have been revoked. */
  doubt(): void;
  /** What has been in use lately, now included: it must not come back. Another array if it changes. */
  readonly recent: readonly Credential[];
  /** Has each new value and each failure to have one told. */
  onOutcome(tell: (outcome: CredentialOutcome) => void): void;
}
