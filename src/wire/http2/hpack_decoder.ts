import { BlockCursor, ScratchRoom } from "./block_cursor.ts";
import { fieldSize, type HeaderField } from "./header_field.ts";
import { HpackDynamicTable } from "./hpack_dynamic_table.ts";
import { HpackError } from "./hpack_error.ts";
import { readInteger } from "./hpack_integer.ts";
import { staticTable } from "./hpack_static_table.ts";
import { readString } from "./hpack_string.ts";

/** What a header block holds. */
export interface HeaderList {
  /** In the order in which they came; only the first of them if the list is too large. */
  readonly fields: readonly HeaderField[];
  /** More than `maxListSize`: what `fields` holds is not the whole. */
  readonly tooLarge: boolean;
}

/** What SETTINGS_HEADER_TABLE_SIZE is until a SETTINGS frame has said otherwise (RFC 9113 6.5.2). */
const INITIAL_TABLE_SIZE = 4096;

/**
 * Decodes the header blocks that come in one direction of a connection, in their order (RFC 7541).
 *
 * Every block must be decoded, refused requests' too: the next one may refer to it. What a block costs
 * is bounded by its length, whatever it refers to: a field that is referred to is not copied.
 */
export class HpackDecoder {
  readonly #table = new HpackDynamicTable(INITIAL_TABLE_SIZE);
  readonly #maxTableSize: number;
  readonly #maxListSize: number;
  readonly #room = new ScratchRoom();
  #acknowledged = false;

  /**
   * @param options `maxTableSize`: octets, the SETTINGS_HEADER_TABLE_SIZE that the peer is told.
   *   `maxListSize`: octets, each field counted with 32 more (RFC 9113 section 6.5.2).
   */
  constructor(options: { readonly maxTableSize: number; readonly maxListSize: number }) {
    this.#maxTableSize = options.maxTableSize;
    this.#maxListSize = options.maxListSize;
  }

  /**
   * The peer has acknowledged our SETTINGS.
   *
   * Until then it may use a table of 4096 octets though `maxTableSize` is smaller; from then on it may
   * not, and must say so in its next block (RFC 7541 section 4.2).
   */
  settingsAcknowledged(): void {
    this.#acknowledged = true;
  }

  /**
   * Decodes one whole header block.
   *
   * @param block The fragments of HEADERS and its CONTINUATIONs, joined. Nothing of it is kept.
   * @throws {HpackError} if it is malformed. The decoder is then of no more use.
   */
  decode(block: Uint8Array): HeaderList {
    const cursor = new BlockCursor(block, this.#room);
    this.#readSizeUpdates(cursor);
    const fields: HeaderField[] = [];
    let size = 0;
    while (cursor.at < block.length) {
      const field = this.#readField(cursor);
      size += fieldSize(field);
      if (size <= this.#maxListSize) fields.push(field);
    }
    return { fields, tooLarge: size > this.#maxListSize };
  }

  /** Section 6.3: at the start of a block alone, as section 4.2 says. */
  #readSizeUpdates(cursor: BlockCursor): void {
    const limit = this.#acknowledged
      ? this.#maxTableSize
      : Math.max(this.#maxTableSize, INITIAL_TABLE_SIZE);
    while (isSizeUpdate(cursor.bytes[cursor.at] ?? 0)) {
      const size = readInteger(cursor, 5);
      if (size > limit) {
        throw new HpackError(`Cannot resize the dynamic table: ${size} octets, more than ${limit}`);
      }
      this.#table.resize(size);
    }
    if (this.#table.maxSize > limit) {
      throw new HpackError(
        `Cannot decode the header block: it does not resize the dynamic table to ${limit} octets`,
      );
    }
  }

  #readField(cursor: BlockCursor): HeaderField {
    const first = cursor.bytes[cursor.at] ?? 0;
    // The patterns of section 6, the shortest first.
    if ((first & 0x80) !== 0) return this.#lookUp(readInteger(cursor, 7));
    if ((first & 0x40) !== 0) {
      const field = this.#readLiteral(cursor, { indexBits: 6, sensitive: false });
      this.#table.add(field);
      return field;
    }
    if (isSizeUpdate(first)) {
      throw new HpackError("Cannot resize the dynamic table: not at the start of a header block");
    }
    return this.#readLiteral(cursor, { indexBits: 4, sensitive: (first & 0x10) !== 0 });
  }

  #readLiteral(
    cursor: BlockCursor,
    { indexBits, sensitive }: { indexBits: number; sensitive: boolean },
  ): HeaderField {
    const index = readInteger(cursor, indexBits);
    const name = index === 0 ? readString(cursor) : this.#lookUp(index).name;
    return { name, value: readString(cursor), sensitive };
  }

  /** Section 2.3.3: the static table, then the dynamic one. */
  #lookUp(index: number): HeaderField {
    const field = index <= staticTable.length
      ? staticTable[index - 1]
      : this.#table.at(index - staticTable.length - 1);
    if (field === undefined) {
      throw new HpackError(`Cannot find field ${index}: no table has that index`);
    }
    return field;
  }
}

function isSizeUpdate(first: number): boolean {
  return (first & 0xe0) === 0x20;
}
