import type { Log } from "./log.ts";

/** Where audit lines go. */
export interface AuditSink {
  /**
   * Takes a line, ended by LF, and copies it, to be written within 100 ms. It never waits and never
   * throws: a line for which there is no room is counted in {@linkcode lost}.
   */
  write(line: Uint8Array): void;
  /** Whether lines cannot be written at present: the last write failed, or there is no more room. */
  readonly failing: boolean;
  /** How many lines were lost since the start. */
  readonly lost: number;
  /** Resolves when all lines so far are written, or one attempt to do so has failed. */
  flush(): Promise<void>;
  /** Writes what is left and ends; what cannot be written now is lost. */
  close(): Promise<void>;
}

export interface AuditSinkOptions {
  readonly log: Log;
  /** A clock that never goes back, in milliseconds. */
  readonly clock: () => number;
  /** Told when lines are written again after `lost` of them were lost. */
  readonly onLoss: (lost: number, reason: string) => void;
}
