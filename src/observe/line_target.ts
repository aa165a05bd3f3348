/** How far a write came. */
export interface Written {
  /** How many octets need not be written again; all of them, unless it failed. */
  readonly octets: number;
  /** Why the others were not written, in a few words. */
  readonly failure?: string;
}

/** Where batches of lines are written, one at a time. */
export interface LineTarget {
  /**
   * Writes whole lines, each ended by LF, or what is left of a batch that failed.
   *
   * It does not throw, and it does not hold up the event loop.
   */
  write(lines: Uint8Array): Promise<Written>;
  close(): void;
}
