/**
 * Waits for a condition with a deadline, so that no test depends on how fast the machine is.
 *
 * @module
 */

export interface WaitOptions {
  /** What is waited for; the error names it. */
  readonly what: string;
  /** In milliseconds; 15 seconds if not given. */
  readonly deadlineMs?: number;
}

const pollIntervalMs = 10;
const defaultDeadlineMs = 15_000;

/** Resolves once `condition` holds; throws `Error` naming `what` when the deadline passes. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + (options.deadlineMs ?? defaultDeadlineMs);
  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain until ${options.what}`);
    }
    await delay(pollIntervalMs);
  }
}

/** The value of `promise`; throws `Error` naming `what` when the deadline passes first. */
export async function within<T>(promise: Promise<T>, options: WaitOptions): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`Waited in vain until ${options.what}`)),
    options.deadlineMs ?? defaultDeadlineMs,
  );
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms` milliseconds: for what a test measures in time, never to hide a race. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
