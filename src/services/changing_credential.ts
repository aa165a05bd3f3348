import type { FilledTemplate } from "../policy/injection_template.ts";
import { createInjection, type Credential, type InjectionSpec } from "../policy/inject.ts";
import type {
  CredentialOutcome,
  CredentialState,
  LiveCredential,
  PartState,
} from "../policy/live_credential.ts";
import type { CredentialParts, CredentialSource } from "./credential_source.ts";

/** So many values of one credential must not come back: the one in use, and those before it. */
const REMEMBERED = 4;

/** A rule's credential that expires, or changes while the proxy runs. */
export class ChangingCredential implements LiveCredential {
  readonly title: string;
  readonly #source: CredentialSource;
  readonly #rest: Omit<InjectionSpec, keyof FilledTemplate>;
  #parts: CredentialParts | undefined;
  #state: CredentialState | undefined;
  #remembered: readonly (readonly Credential[])[] = [];
  #recent: readonly Credential[] = [];

  /** @param rest What is done to requests, whatever the credential is at that time. */
  constructor(source: CredentialSource, rest: Omit<InjectionSpec, keyof FilledTemplate>) {
    this.title = source.title;
    this.#source = source;
    this.#rest = rest;
    this.#adopt();
  }

  get states(): readonly PartState[] {
    return this.#source.states;
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

  onOutcome(tell: (outcome: CredentialOutcome) => void): void {
    this.#source.onOutcome = tell;
  }

  #adopt(): void {
    const parts = this.#source.value;
    if (parts === undefined || parts === this.#parts) return;
    this.#parts = parts;
    const { clientCertificate, ...filled } = parts;
    const injection = createInjection({ ...filled, ...this.#rest });
    this.#state = { injection, ...(clientCertificate === undefined ? {} : { clientCertificate }) };
    const credentials: Credential[] = [...injection.credentials];
    if (clientCertificate !== undefined) {
      credentials.push({ secret: clientCertificate.key, format: { kind: "client_key" } });
    }
    this.#remembered = [credentials, ...this.#remembered].slice(0, REMEMBERED);
    this.#recent = this.#remembered.flat();
  }
}
