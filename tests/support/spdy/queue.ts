/** Values for one reader, in their order, until they end. */
export class Queue<Value> {
  readonly #values: Value[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(value: Value): void {
    this.#values.push(value);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next value, or undefined at the end. */
  async next(): Promise<Value | undefined> {
    while (this.#values.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#values.shift();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value> {
    for (let value = await this.next(); value !== undefined; value = await this.next()) yield value;
  }
}
