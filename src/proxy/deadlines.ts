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
  readonly #keeper: Keeper = {
    now: () => this.#now,
    release: (deadline) => {
      this.#all.delete(deadline);
      if (this.#all.size === 0) this.#stop();
    },
  };

  /** The time in milliseconds, as precise as a deadline is. */
  get now(): number {
    return this.#now;
  }

  /** Adds a deadline that is not set yet. Call its `release()` when its connection is gone. */
  add(onExpire: () => void): Deadline {
    const deadline = new Deadline(this.#keeper, onExpire);
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

/** Who looks after deadlines. */
interface Keeper {
  now(): number;
  release(deadline: Deadline): void;
}

/** One connection's current time limit. */
export class Deadline {
  readonly #keeper: Keeper;
  #at = Infinity;
  /** What happens when the limit passes; replaceable, as a connection goes through phases. */
  onExpire: () => void;
  /** Called at every tick with the time in milliseconds, for limits that nobody sets. */
  onTick: ((now: number) => void) | undefined;

  constructor(keeper: Keeper, onExpire: () => void) {
    this.#keeper = keeper;
    this.onExpire = onExpire;
  }

  /** Sets the limit to `milliseconds` from now, in place of the one before. */
  set(milliseconds: number): void {
    this.#at = this.#keeper.now() + milliseconds;
  }

  clear(): void {
    this.#at = Infinity;
  }

  release(): void {
    this.clear();
    this.onTick = undefined;
    this.#keeper.release(this);
  }

  check(now: number): void {
    this.onTick?.(now);
    if (now < this.#at) return;
    this.#at = Infinity;
    this.onExpire();
  }
}
