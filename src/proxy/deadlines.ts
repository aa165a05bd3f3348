/** How often deadlines are looked at: what they are precise to, in milliseconds. */
const TICK = 250;

/**
 * The time limits of all connections, kept by one timer.
 *
 * A limit is set several times per request, so setting one is an assignment; a timer of its own for
 * each would cost more than the parsing of the head.
 */
export class Deadlines {
  readonly #all = new Set<Deadline>();
  #now = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Adds a deadline that is not set yet. Call its `release()` when its connection is gone. */
  add(onExpire: () => void): Deadline {
    const deadline = new Deadline({
      now: () => this.#now,
      onExpire,
      onRelease: () => {
        this.#all.delete(deadline);
        if (this.#all.size === 0) this.#stop();
      },
    });
    this.#all.add(deadline);
    if (this.#timer === undefined) this.#start();
    return deadline;
  }

  #start(): void {
    this.#now = performance.now();
    this.#timer = setInterval(() => {
      this.#now = performance.now();
      for (const deadline of this.#all) deadline.check(this.#now);
    }, TICK);
    Deno.unrefTimer(this.#timer);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

interface DeadlineHooks {
  readonly now: () => number;
  readonly onExpire: () => void;
  readonly onRelease: () => void;
}

/** One connection's current time limit. */
export class Deadline {
  readonly #hooks: DeadlineHooks;
  #at = Infinity;
  /** What happens when the limit passes; replaceable, as a connection goes through phases. */
  onExpire: () => void;

  constructor(hooks: DeadlineHooks) {
    this.#hooks = hooks;
    this.onExpire = hooks.onExpire;
  }

  /** Sets the limit to `milliseconds` from now, in place of the one before. */
  set(milliseconds: number): void {
    this.#at = this.#hooks.now() + milliseconds;
  }

  clear(): void {
    this.#at = Infinity;
  }

  release(): void {
    this.clear();
    this.#hooks.onRelease();
  }

  check(now: number): void {
    if (now < this.#at) return;
    this.#at = Infinity;
    this.onExpire();
  }
}
