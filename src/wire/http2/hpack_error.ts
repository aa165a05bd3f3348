/**
 * A header block cannot be decoded (RFC 7541).
 *
 * Both ends' tables are then no longer known to be the same: RFC 9113 section 4.3 makes it an error of
 * the whole connection, COMPRESSION_ERROR. The message reads action: state, and repeats no field.
 */
export class HpackError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HpackError";
  }
}
