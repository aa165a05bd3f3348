import { ConnectionError } from "../../wire/http2/http2_error.ts";
import { TokenBucket } from "../../policy/token_bucket.ts";

/** What a peer's frames cost that move no message forward. */
export const talkCosts = {
  /**
   * PING, each value of SETTINGS, PRIORITY, an empty DATA frame, a window opened by next to nothing, a
   * frame on a stream that is over.
   */
  idle: 1,
  /** A request that is called off, or answered with a reset: it has cost an exchange. */
  reset: 10,
} as const;

/**
 * How much of what moves nothing forward a peer may send: floods of SETTINGS, PING or empty frames, and
 * streams that are opened to be reset (CVE-2019-9511 and after, CVE-2023-44487), end the connection.
 */
export class TalkBudget {
  readonly #bucket: TokenBucket;
  readonly #now: () => number;
  /** Idle frames that content has paid for. */
  #earned = 0;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#bucket = new TokenBucket({ tokens: 1000, perMs: 1000, capacity: 4000 }, now());
    this.#now = now;
  }

  /**
   * Says that frames with content have come or gone. A peer may say as much beside them: gRPC's of Go
   * measures the way with a PING after nearly every one.
   */
  earn(frames: number): void {
    this.#earned = Math.min(MOST_EARNED, this.#earned + frames);
  }

  /** @throws {ConnectionError} if there is nothing left of it. */
  spend(cost: number): void {
    // What costs an exchange is not paid for by content, which can be one octet.
    if (cost === talkCosts.idle && this.#earned > 0) {
      this.#earned--;
      return;
    }
    const now = this.#now();
    if (this.#bucket.waitFor(cost, now) > 0) {
      throw new ConnectionError("enhance_your_calm", "a flood of frames that carry nothing");
    }
    this.#bucket.take(cost, now);
  }
}

const MOST_EARNED = 1000;
