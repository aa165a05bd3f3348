import type { ByteStream } from "./byte_stream.ts";

/** What has become of the connections to services, whatever policy they were opened under. */
export class UpstreamCounts {
  #opened = 0;
  #reused = 0;
  #open = 0;

  get opened(): number {
    return this.#opened;
  }

  /** Exchanges that went over a connection that was there already. */
  get reused(): number {
    return this.#reused;
  }

  /** How many are open now. */
  get open(): number {
    return this.#open;
  }

  /** Counts a new connection, until it is closed. */
  add(stream: ByteStream): void {
    this.#opened++;
    this.#open++;
    stream.onClose = () => this.#open--;
  }

  addReuse(): void {
    this.#reused++;
  }
}
