/** A field of a header section; both strings have one character per octet. */
export interface HeaderField {
  /** As it came: whether it is a name, in lower case, is for others to check. */
  readonly name: string;
  readonly value: string;
  /** A never-indexed literal (RFC 7541 section 6.2.3): whoever passes it on must keep it one. */
  readonly sensitive: boolean;
}

/** What RFC 7541 section 4.1 and RFC 9113 section 6.5.2 add for each field. */
const FIELD_OVERHEAD = 32;

/** The size of a field in a table or a list, in octets. */
export function fieldSize({ name, value }: HeaderField): number {
  return name.length + value.length + FIELD_OVERHEAD;
}
