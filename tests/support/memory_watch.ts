import assert from "node:assert/strict";
import type { ProxyProcess } from "./proxy_process.ts";

const sampleIntervalMs = 100;

/** Samples the proxy's resident memory from its start to the end of its scope. */
export class MemoryWatch implements AsyncDisposable {
  readonly #proxy: ProxyProcess;
  readonly #baseline: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak: number;
  #sampling: Promise<void> = Promise.resolve();

  private constructor(proxy: ProxyProcess, baseline: number) {
    this.#proxy = proxy;
    this.#baseline = baseline;
    this.#peak = baseline;
    this.#timer = setInterval(() => {
      this.#sampling = this.#sampling.then(() => this.#sample());
    }, sampleIntervalMs);
  }

  static async start(proxy: ProxyProcess): Promise<MemoryWatch> {
    return new MemoryWatch(proxy, await proxy.residentBytes());
  }

  /** Throws if the memory was ever `bytes` or more above what it was at the start. */
  async assertGrowthBelow(bytes: number): Promise<void> {
    await this.#sampling;
    await this.#sample();
    const growth = this.#peak - this.#baseline;
    const mebibytes = (value: number) => `${(value / 1024 / 1024).toFixed(1)} MiB`;
    const story = `from ${mebibytes(this.#baseline)} by ${mebibytes(growth)}`;
    console.log(`The proxy's memory grew ${story}`);
    assert.ok(growth < bytes, `The proxy's memory grew ${story}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sampling;
  }

  async #sample(): Promise<void> {
    if (this.#proxy.exited) return;
    this.#peak = Math.max(this.#peak, await this.#proxy.residentBytes());
  }
}
