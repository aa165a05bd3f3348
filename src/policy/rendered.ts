import { Unprintable } from "../secrets/unprintable.ts";
import type { OctetSink } from "../wire/fields.ts";

/** A whole field line with a credential in it, which can be sent but not printed. */
export class RenderedField extends Unprintable {
  /** As it is sent, for example `Authorization`; printable. */
  readonly name: string;
  readonly #line: Uint8Array;

  /** @param line `Name: value` with its CRLF. */
  constructor(name: string, line: Uint8Array) {
    super();
    this.name = name;
    this.#line = line;
  }

  /** Appends the field line with its CRLF. The octets are shared: do not write to them. */
  appendTo(sink: OctetSink): void {
    sink.bytes(this.#line);
  }

  toString(): string {
    return `${this.name}: [redacted]`;
  }
}

/** A query parameter with a credential in it, which can be sent but not printed. */
export class RenderedParameter extends Unprintable {
  readonly name: string;
  readonly #pair: string;

  /** @param pair `name=value`, percent-encoded. */
  constructor(name: string, pair: string) {
    super();
    this.name = name;
    this.#pair = pair;
  }

  /** The target with the parameter at its end; `*` has no query (RFC 9112 section 3.2.4). */
  appendTo(target: string): string {
    if (target === "*") return target;
    return `${target}${target.includes("?") ? "&" : "?"}${this.#pair}`;
  }

  toString(): string {
    return `${this.name}=[redacted]`;
  }
}
