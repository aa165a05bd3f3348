/** What an attempt came to, told to those who have waited for it. */
type Result = { readonly failure?: unknown };

/**
 * Attempts to open a connection that several may use: while one is under way for a key, others wait for
 * it and then look again.
 */
export class SharedOpenings {
  readonly #underWay = new Map<string, Promise<Result>>();

  /**
   * Makes an attempt, or waits for the one under way.
   *
   * @param options `signal` calls this caller's wait or attempt off; `attempt` opens the connection.
   * @returns What the attempt gave; `undefined` after waiting: there may be something to share now.
   * @throws what the attempt threw, unless its own caller had called it off; and the signal's reason.
   */
  async open<T>(
    key: string,
    { signal, attempt }: { signal: AbortSignal; attempt: () => Promise<T> },
  ): Promise<T | undefined> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      const { failure } = await orAborted(underWay, signal);
      if (failure !== undefined) throw failure;
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<Result>();
    this.#underWay.set(key, promise);
    let result: Result = {};
    try {
      return await attempt();
    } catch (error) {
      if (!signal.aborted) result = { failure: error };
      throw error;
    } finally {
      this.#underWay.delete(key);
      resolve(result);
    }
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
