import type { HeaderField } from "./header_field.ts";

/** RFC 7541 appendix A. */
const rows: readonly (readonly [name: string, value: string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** The fields of the static table, the one with index 1 first. */
export const staticTable: readonly HeaderField[] = rows.map(([name, value]) => ({
  name,
  value,
  sensitive: false,
}));

const firstByName = new Map<string, number>();
for (const [at, { name }] of staticTable.entries()) {
  if (!firstByName.has(name)) firstByName.set(name, at + 1);
}

/** The first index whose field has that name (lower case); 0 if none has. */
export function findStaticName(name: string): number {
  return firstByName.get(name) ?? 0;
}

/**
 * The index of the field with that name and that value; 0 if there is none.
 *
 * @param nameIndex What {@linkcode findStaticName} gave: fields of one name follow each other.
 */
export function findStaticValue(nameIndex: number, value: string): number {
  const name = staticTable[nameIndex - 1]?.name;
  for (let at = nameIndex - 1; name !== undefined && staticTable[at]?.name === name; at++) {
    if (staticTable[at]?.value === value) return at + 1;
  }
  return 0;
}
