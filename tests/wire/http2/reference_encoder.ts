import { writeInteger } from "../../../src/wire/http2/hpack_integer.ts";
import { staticTable } from "../../../src/wire/http2/hpack_static_table.ts";
import { OctetBuffer } from "../../../src/wire/octet_buffer.ts";
import { huffmanEncode } from "./huffman_encoder.ts";

/** One choice of an encoder for each field. */
export interface EncodingChoice {
  /** What to do where no table has the field, or where `useIndex` is not set. */
  readonly literal: "indexed" | "not-indexed" | "never-indexed";
  readonly huffman: boolean;
  readonly useIndex: boolean;
  readonly useNameIndex: boolean;
}

export interface PlainField {
  readonly name: string;
  readonly value: string;
}

/**
 * An HPACK encoder that does all that RFC 7541 lets one do, in the plainest way: the dynamic table is
 * an array whose first member is the newest.
 */
export class ReferenceEncoder {
  #dynamic: PlainField[] = [];
  #maxSize = 4096;
  #resizes: number[] = [];

  /** Resizes the table, which the next block announces. */
  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#resizes.push(maxSize);
    this.#evict();
  }

  encode(fields: readonly { field: PlainField; choice: EncodingChoice }[]): Uint8Array {
    const out = new OctetBuffer(64);
    for (const size of this.#resizes) writeInteger(out, size, { bits: 5, pattern: 0x20 });
    this.#resizes = [];
    for (const { field, choice } of fields) this.#encodeField(out, { field, choice });
    return out.view().slice();
  }

  #encodeField(
    out: OctetBuffer,
    { field, choice }: { field: PlainField; choice: EncodingChoice },
  ): void {
    const all = [...staticTable, ...this.#dynamic];
    const index = 1 +
      all.findLastIndex(({ name, value }) => name === field.name && value === field.value);
    if (index > 0 && choice.useIndex) {
      return writeInteger(out, index, { bits: 7, pattern: 0x80 });
    }
    const nameIndex = choice.useNameIndex
      ? 1 + all.findLastIndex(({ name }) => name === field.name)
      : 0;
    const prefix = choice.literal === "indexed"
      ? { bits: 6, pattern: 0x40 }
      : { bits: 4, pattern: choice.literal === "never-indexed" ? 0x10 : 0 };
    writeInteger(out, nameIndex, prefix);
    if (nameIndex === 0) writeString(out, field.name, choice);
    writeString(out, field.value, choice);
    if (choice.literal !== "indexed") return;
    this.#dynamic.unshift(field);
    this.#evict();
  }

  /** An entry that is larger than the table goes too, after all others. */
  #evict(): void {
    const size = () =>
      this.#dynamic.reduce((sum, { name, value }) => sum + name.length + value.length + 32, 0);
    while (size() > this.#maxSize) this.#dynamic.pop();
  }
}

function writeString(out: OctetBuffer, text: string, { huffman }: { huffman: boolean }): void {
  const coded = huffman ? huffmanEncode(text) : undefined;
  writeInteger(out, coded?.length ?? text.length, { bits: 7, pattern: huffman ? 0x80 : 0 });
  if (coded === undefined) out.text(text);
  else out.bytes(coded);
}
