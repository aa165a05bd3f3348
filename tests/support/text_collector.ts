/** Collects what a child process prints, line by line. */
export class TextCollector {
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#collect(stream);
  }

  /** Everything so far. */
  get text(): string {
    return this.#text;
  }

  /** The complete lines so far. */
  get lines(): string[] {
    return this.#text.split("\n").slice(0, -1);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#text += text;
  }
}
