import { dateOf } from "./client_certificate.ts";

/** How long a value is not doubted after there was an attempt to obtain it, in milliseconds. */
const DOUBT_INTERVAL = 30_000;
/**
 * How long it is not doubted if a doubt has brought it about, in milliseconds: anyone may provoke a
 * refusal, and with one after the other the values that must not come back would become too many to be
 * remembered while they are still good.
 */
const RENEWED_DOUBT_INTERVAL = 300_000;

/** A value, and how long it is good for; times in milliseconds since the epoch. */
export interface Obtained<T> {
  readonly value: T;
  /** It is not used from then on; good for ever if absent. */
  readonly expiresAt?: number;
  /** When to ask for the next one; never, as long as it has not expired, if absent. */
  readonly renewAt?: number;
}

/** How a value is, but for the value; times in milliseconds since the epoch. */
export interface RenewalState {
  /** Whether it can be used now. */
  readonly isGood: boolean;
  readonly expiresAt?: number | undefined;
  /** Absent if there is no other to be had once it has expired. */
  readonly renewal?: {
    /** When one was last obtained, if ever. */
    readonly at?: number | undefined;
    /** Whether the last attempt came to nothing. */
    readonly isFailing: boolean;
  };
}

/** Why a value could not be had, in words that may be shown to anyone. */
export class RenewalError extends Error {
  override readonly name = "RenewalError";
}

export interface RenewableOptions<T> {
  /** What it is called where it is spoken of: `The token of …`. */
  readonly title: string;
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** The first value; the first to ask has it obtained if absent. */
  readonly first?: Obtained<T>;
  /**
   * Obtains the next value; absent if there is no next one.
   *
   * @throws {RenewalError} with the reason that is shown.
   */
  readonly obtain?: () => Promise<Obtained<T>>;
  /**
   * `keep`: a value that is due is used meanwhile, and while renewing fails, until it expires.
   * `drop`: renewing is waited for, and a failure leaves none.
   */
  readonly meanwhile: "keep" | "drop";
  /** Milliseconds after a failure in which it is not tried again. */
  readonly pause: number;
}

/**
 * A value that is renewed when somebody asks for it and it is time: never twice at once, and not again
 * right after a failure. Nothing happens while nobody asks.
 */
export class Renewable<T> {
  /** Told of each value that is another one than before or follows a failure; of each failure. */
  onOutcome: (outcome: { title: string; failure?: string }) => void = () => {};
  readonly #options: RenewableOptions<T>;
  #last: Obtained<T> | undefined;
  #obtainedAt: number | undefined;
  #failure: { readonly message: string; readonly at: number } | undefined;
  #running: Promise<void> | undefined;
  #trustedUntil = -Infinity;
  #doubted = false;

  constructor(options: RenewableOptions<T>) {
    this.#options = options;
    this.#last = options.first;
  }

  get title(): string {
    return this.#options.title;
  }

  /** The value, unless it has expired or there is none. */
  get value(): T | undefined {
    return this.#isGood() ? this.#last?.value : undefined;
  }

  get state(): RenewalState {
    const isFailing = this.#failure !== undefined;
    return {
      isGood: this.#isGood(),
      expiresAt: this.#last?.expiresAt,
      ...(this.#options.obtain === undefined
        ? {}
        : { renewal: { at: this.#obtainedAt, isFailing } }),
    };
  }

  /** One {@linkcode state}, of what has no name of its own. */
  get states(): readonly RenewalState[] {
    return [this.state];
  }

  /** Why there is no value, for people. */
  get reason(): string {
    const { title, obtain } = this.#options;
    const expiresAt = this.#last?.expiresAt;
    const failure = this.#failure?.message;
    if (expiresAt === undefined) {
      return failure === undefined
        ? `${title} has not been obtained yet`
        : `${title} cannot be had: ${failure}`;
    }
    const expired = `${title} expired on ${dateOf(expiresAt)}`;
    if (failure !== undefined) return `${expired}, and there is no other: ${failure}`;
    return obtain === undefined ? `${expired}: renew it` : `${expired}, the next request renews it`;
  }

  /**
   * Renews the value if it is time.
   *
   * @returns What to wait for before the value is used; it does not fail. `undefined`: nothing.
   */
  renew(): Promise<void> | undefined {
    const { obtain, meanwhile } = this.#options;
    if (this.#running === undefined && obtain !== undefined && this.#isDue()) {
      this.#running = this.#run(obtain);
    }
    return meanwhile === "drop" || this.#doubted || !this.#isGood() ? this.#running : undefined;
  }

  /**
   * Says that a service did not accept the value, which may have been revoked: the next to ask has it
   * renewed and waits for that. Not again within half a minute, and not within five of a doubt that has
   * brought another value, as anyone may provoke a refusal.
   */
  doubt(): void {
    const { now, obtain } = this.#options;
    if (obtain !== undefined && now() >= this.#trustedUntil) this.#doubted = true;
  }

  async #run(obtain: () => Promise<Obtained<T>>): Promise<void> {
    const before = this.#last?.value;
    const failed = this.#failure !== undefined;
    try {
      this.#last = await obtain();
      this.#obtainedAt = this.#options.now();
      this.#failure = undefined;
    } catch (error) {
      // What is no RenewalError may hold anything.
      const message = error instanceof RenewalError ? error.message : "an unexpected failure";
      this.#failure = { message, at: this.#options.now() };
      if (this.#options.meanwhile === "drop") this.#last = undefined;
    }
    const isOther = this.#failure === undefined && this.#last?.value !== before;
    this.#trustedUntil = this.#options.now() +
      (this.#doubted && isOther ? RENEWED_DOUBT_INTERVAL : DOUBT_INTERVAL);
    this.#running = undefined;
    this.#doubted = false;
    const { title } = this;
    if (this.#failure !== undefined) this.onOutcome({ title, failure: this.#failure.message });
    else if (failed || isOther) this.onOutcome({ title });
  }

  #isDue(): boolean {
    const { now, pause } = this.#options;
    if (this.#failure !== undefined && now() < this.#failure.at + pause) return false;
    return this.#doubted || !this.#isGood() || now() >= (this.#last?.renewAt ?? Infinity);
  }

  #isGood(): boolean {
    return this.#last !== undefined && this.#options.now() < (this.#last.expiresAt ?? Infinity);
  }
}
