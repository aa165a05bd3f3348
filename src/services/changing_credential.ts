import { type Carriers, createInjection, type Credential } from "../policy/inject.ts";
import type { FilledTemplate } from "../policy/injection_template.ts";
import type { CredentialState, LiveCredential } from "../policy/live_credential.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { Renewable } from "../secrets/renewable.ts";

/** What a service may be sent to know us by. */
export interface CredentialParts extends FilledTemplate {
  readonly clientCertificate?: ClientCertificate;
}

/** So many values of one credential must not come back: the one in use, and those before it. */
const REMEMBERED = 4;

/** A rule's credential that expires, or changes while the proxy runs. */
export class ChangingCredential implements LiveCredential {
  readonly title: string;
  readonly #source: Renewable<CredentialParts>;
  readonly #carriers: Carriers;
  #parts: CredentialParts | undefined;
  #state: CredentialState | undefined;
  #remembered: readonly (readonly Credential[])[] = [];
  #recent: readonly Credential[] = [];

  /** @param carriers What is removed from requests, whatever the credential is at that time. */
  constructor(source: Renewable<CredentialParts>, carriers: Carriers) {
    this.title = source.title;
    this.#source = source;
    this.#carriers = carriers;
    this.#adopt();
  }

  current(): CredentialState {
    this.#adopt();
    if (this.#source.value === undefined) return { unavailable: this.#source.reason };
    return this.#state ?? { unavailable: this.#source.reason };
  }

  renew(): Promise<void> | undefined {
    return this.#source.renew();
  }

  doubt(): void {
    this.#source.doubt();
  }

  get recent(): readonly Credential[] {
    this.#adopt();
    return this.#recent;
  }

  onOutcome(tell: (outcome: { failure?: string }) => void): void {
    this.#source.onOutcome = tell;
  }

  #adopt(): void {
    const parts = this.#source.value;
    if (parts === undefined || parts === this.#parts) return;
    this.#parts = parts;
    const { clientCertificate, ...filled } = parts;
    const injection = createInjection({ ...filled, carriers: this.#carriers });
    this.#state = { injection, ...(clientCertificate === undefined ? {} : { clientCertificate }) };
    const credentials: Credential[] = [...injection.credentials];
    if (clientCertificate !== undefined) {
      credentials.push({ secret: clientCertificate.key, format: { kind: "client_key" } });
    }
    this.#remembered = [credentials, ...this.#remembered].slice(0, REMEMBERED);
    this.#recent = this.#remembered.flat();
  }
}
