import {
  type FilledTemplate,
  fillTemplate,
  type InjectionTemplate,
  secretNames,
} from "../policy/injection_template.ts";
import type { CredentialOutcome, PartState } from "../policy/live_credential.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import type { LiveSecret } from "../secrets/live_secrets.ts";
import type { Secret } from "../secrets/secret.ts";

/** What a service may be sent to know us by. */
export interface CredentialParts extends FilledTemplate {
  readonly clientCertificate?: ClientCertificate;
}

/** Where a rule's credential comes from, as it is at each moment. A `Renewable` of the parts is one. */
export interface CredentialSource {
  readonly title: string;
  /** Another object only if something in it is another. */
  readonly value: CredentialParts | undefined;
  /** Why there is no value, for people. */
  readonly reason: string;
  readonly states: readonly PartState[];
  renew(): Promise<void> | undefined;
  doubt(): void;
  onOutcome: (outcome: CredentialOutcome) => void;
}

/** One secret of a rule: it stays as it is, or is obtained when it is needed. */
export type RuleSecret = { readonly secret: Secret } | LiveSecret;

/** The credential of a rule of whose secrets one at least is obtained when it is needed. */
export class CombinedSource implements CredentialSource {
  readonly #template: InjectionTemplate;
  readonly #secrets: ReadonlyMap<string, RuleSecret>;
  readonly #clientCertificate: ClientCertificate | undefined;
  readonly #now: () => number;
  #filledFrom: readonly Secret[] = [];
  #value: CredentialParts | undefined;

  /** @param options `secrets` has every one that the template names. */
  constructor(
    template: InjectionTemplate,
    { secrets, clientCertificate, now }: {
      secrets: ReadonlyMap<string, RuleSecret>;
      clientCertificate?: ClientCertificate | undefined;
      now: () => number;
    },
  ) {
    this.#template = template;
    this.#secrets = secrets;
    this.#clientCertificate = clientCertificate;
    this.#now = now;
  }

  get title(): string {
    const certificate = this.#clientCertificate;
    return [
      ...this.#live.map(({ renewable }) => renewable.title),
      ...certificate === undefined ? [] : [`The client certificate ${certificate.subject}`],
    ].join(" and ");
  }

  get value(): CredentialParts | undefined {
    if (this.#hasExpired) return undefined;
    const current = new Map<string, Secret>();
    for (const name of secretNames(this.#template)) {
      const secret = this.#secretOf(name);
      if (secret === undefined) return undefined;
      current.set(name, secret);
    }
    const all = [...current.values()];
    const isSame = this.#value !== undefined &&
      all.every((secret, index) => secret === this.#filledFrom[index]);
    if (isSame) return this.#value;
    this.#filledFrom = all;
    const filled = fillTemplate(this.#template, (name) => {
      const secret = current.get(name);
      if (secret === undefined) throw new TypeError(`Cannot fill a template: no secret ${name}`);
      return secret;
    });
    const clientCertificate = this.#clientCertificate;
    this.#value = { ...filled, ...(clientCertificate === undefined ? {} : { clientCertificate }) };
    return this.#value;
  }

  get reason(): string {
    if (this.#hasExpired) {
      const { subject, notAfter } = this.#clientCertificate ?? { subject: "", notAfter: 0 };
      return `The client certificate ${subject} expired on ${dateOf(notAfter)}: renew it`;
    }
    const without = this.#live.find(({ renewable }) => renewable.value === undefined);
    return without?.renewable.reason ?? "";
  }

  get states(): readonly PartState[] {
    const states: PartState[] = [];
    for (const [name, secret] of this.#secrets) {
      if ("renewable" in secret) states.push({ ...secret.renewable.state, name });
    }
    const expiresAt = this.#clientCertificate?.notAfter;
    if (expiresAt !== undefined) states.push({ isGood: !this.#hasExpired, expiresAt });
    return states;
  }

  renew(): Promise<void> | undefined {
    const waits = this.#live.flatMap(({ renewable }) => renewable.renew() ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  doubt(): void {
    for (const { renewable } of this.#live) renewable.doubt();
  }

  set onOutcome(tell: (outcome: CredentialOutcome) => void) {
    for (const { renewable } of this.#live) renewable.onOutcome = tell;
  }

  get #live(): readonly LiveSecret[] {
    return [...this.#secrets.values()].flatMap((each) => "renewable" in each ? [each] : []);
  }

  get #hasExpired(): boolean {
    return this.#clientCertificate !== undefined && this.#clientCertificate.notAfter <= this.#now();
  }

  #secretOf(name: string): Secret | undefined {
    const found = this.#secrets.get(name);
    if (found === undefined) return undefined;
    return "renewable" in found ? found.renewable.value : found.secret;
  }
}
