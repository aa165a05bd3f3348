/**
 * Writes a value as JSON (RFC 8259) in printable ASCII alone.
 *
 * Everything else is escaped: an end of line would forge a line, a control character drives the
 * terminal that shows it, and a bidirectional override makes it read as another. It also makes the
 * text's length its number of octets.
 *
 * @param value What JSON can say: not `undefined`, no function.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escapeUnit);
}

/** What stands between the quotation marks of a string that {@linkcode printableJson} writes. */
export function jsonContent(text: string): string {
  return printableJson(text).slice(1, -1);
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
