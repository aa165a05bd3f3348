import type { LineTarget, Written } from "../../src/observe/line_target.ts";

/** A target that writes, fails or takes its time, as the test says. */
export class ScriptedTarget implements LineTarget {
  /** What was written, batch by batch. */
  readonly batches: string[] = [];
  closed = false;
  /** Why writes fail, and how many octets they manage before that. */
  failure: { readonly reason: string; readonly octets: number } | undefined;
  /** Writes wait for it. */
  gate: Promise<void> = Promise.resolve();
  attempts = 0;

  get text(): string {
    return this.batches.join("");
  }

  async write(lines: Uint8Array): Promise<Written> {
    this.attempts++;
    await this.gate;
    const octets = this.failure?.octets ?? lines.length;
    if (octets > 0) this.batches.push(new TextDecoder().decode(lines.subarray(0, octets)));
    return this.failure === undefined ? { octets } : { octets, failure: this.failure.reason };
  }

  close(): void {
    this.closed = true;
  }
}
