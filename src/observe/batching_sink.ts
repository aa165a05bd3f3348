import type { AuditSink, AuditSinkOptions } from "./audit_sink.ts";
import type { LineTarget } from "./line_target.ts";

export interface BatchingSinkOptions extends AuditSinkOptions {
  /** Octets that are collected before they are written; {@linkcode largestBatch} if not given. */
  readonly batchBytes?: number;
}

/**
 * Octets of a batch unless something else is asked for. A write to a file costs 70 µs and 20 µs per
 * 64 KiB (two threads meet for it), so that at 256 KiB the writing is a quarter of a µs per line.
 */
export const largestBatch = 262_144;

type Timer = ReturnType<typeof setTimeout>;

const LF = 0x0a;
/** Octets that wait to be written, at most. */
const capacity = 8 * 1_048_576;
/** How long a line waits for others, in milliseconds. */
const longestWait = 100;
/** How long after a failure the next attempt is made, in milliseconds. */
const retryPause = 1000;
/** How often the log is told, in milliseconds. */
const warningInterval = 10_000;
/** How long `close()` waits for a write that does not end, in milliseconds. */
const closeDeadline = 5000;

/**
 * Collects lines and writes them in batches.
 *
 * What cannot be written waits and is tried again, 8 MiB of it; the lines that come after that are
 * dropped and counted.
 */
export class BatchingSink implements AuditSink {
  readonly #target: LineTarget;
  readonly #options: BatchingSinkOptions;
  /** Lines that are still collected, and how many octets of them. */
  readonly #batch: Uint8Array;
  #collected = 0;
  /** Batches, the first of which may be what is left of one. */
  readonly #batches: Uint8Array[] = [];
  /** Octets in `#batch` and `#batches`. */
  #waiting = 0;
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  #writing: Promise<void> | undefined;
  #failure: string | undefined;
  #isFull = false;
  #lost = 0;
  #lossReason = "";
  /** How many of `#lost` the log has been told of, and how many `onLoss`. */
  #warnedOf = 0;
  #reported = 0;
  #warnedAt = -Infinity;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(target: LineTarget, options: BatchingSinkOptions) {
    this.#target = target;
    this.#options = options;
    this.#batch = new Uint8Array(options.batchBytes ?? largestBatch);
  }

  get failing(): boolean {
    return this.#failure !== undefined || this.#isFull;
  }

  get lost(): number {
    return this.#lost;
  }

  write(line: Uint8Array): void {
    if (this.#isClosed) return this.#drop("it is closed");
    if (this.#waiting + line.length > capacity) return this.#drop(this.#failure ?? tooSlow);
    this.#waiting += line.length;
    if (this.#collected + line.length > this.#batch.length) this.#seal();
    if (line.length > this.#batch.length) this.#batches.push(line.slice());
    else {
      this.#batch.set(line, this.#collected);
      this.#collected += line.length;
    }
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#seal();
      }, longestWait);
    }
  }

  async flush(): Promise<void> {
    this.#clearRetry();
    this.#seal();
    await this.#writing;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let deadline: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      deadline = setTimeout(resolve, closeDeadline);
    });
    await Promise.race([this.#drain(), late]);
    clearTimeout(deadline);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#clearRetry();
    const left = [...this.#batches, this.#batch.subarray(0, this.#collected)]
      .reduce((sum, batch) => sum + countLines(batch), 0);
    if (left > 0) {
      this.#lost += left;
      this.#options.log.warn("the audit log ends without its last lines", {
        lost: left,
        reason: this.#failure ?? "it takes too long",
      });
    }
    this.#target.close();
  }

  /** What is written in the end may be followed by word of what was lost before. */
  async #drain(): Promise<void> {
    do await this.flush(); while (this.#collected > 0 && this.#failure === undefined);
  }

  /** Makes a batch of what was collected, and has it written unless a failure is waited out. */
  #seal(): void {
    if (this.#collected > 0) {
      // A copy of the right size: the batches that wait on a full disk take what they hold, no more.
      this.#batches.push(this.#batch.slice(0, this.#collected));
      this.#collected = 0;
    }
    const isIdle = this.#retry === undefined && this.#writing === undefined;
    if (isIdle && this.#batches.length > 0) this.#writing = this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    let batch: Uint8Array | undefined;
    while ((batch = this.#batches[0]) !== undefined) {
      const { octets, failure } = await this.#target.write(batch);
      this.#waiting -= octets;
      if (octets === batch.length) this.#batches.shift();
      else this.#batches[0] = batch.subarray(octets);
      if (failure !== undefined) {
        this.#onFailure(failure);
        break;
      }
      this.#onSuccess();
    }
    this.#writing = undefined;
  }

  #onFailure(reason: string): void {
    this.#failure = reason;
    this.#warn(reason);
    this.#retry = setTimeout(() => {
      this.#clearRetry();
      this.#seal();
    }, retryPause);
  }

  #onSuccess(): void {
    if (this.#failure !== undefined) {
      this.#options.log.info("the audit log is written again", { lost: this.#lost });
      this.#failure = undefined;
    }
    // Not before there is room for word of the loss, and not full again with the next few lines.
    if (!this.#isFull || this.#waiting > capacity / 2) return;
    this.#isFull = false;
    const lost = this.#lost - this.#reported;
    this.#reported = this.#lost;
    this.#options.onLoss(lost, this.#lossReason);
  }

  #drop(reason: string): void {
    this.#lost++;
    this.#isFull = true;
    this.#lossReason = reason;
    this.#warn(reason);
  }

  #warn(reason: string): void {
    const now = this.#options.clock();
    if (now - this.#warnedAt < warningInterval) return;
    this.#options.log.warn("the audit log cannot be written", {
      lost: this.#lost - this.#warnedOf,
      waiting: this.#waiting,
      reason,
    });
    this.#warnedAt = now;
    this.#warnedOf = this.#lost;
  }

  #clearRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}

const tooSlow = "it is written more slowly than lines come";

function countLines(batch: Uint8Array): number {
  let lines = 0;
  for (const octet of batch) if (octet === LF) lines++;
  return lines;
}
