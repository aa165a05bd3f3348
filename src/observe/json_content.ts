/**
 * Writes what stands between the quotation marks of a JSON string (RFC 8259 section 7) in printable
 * ASCII alone.
 *
 * Everything else is escaped: an end of line would forge a line, a control character drives the
 * terminal that shows it, and a bidirectional override makes it read as another. It also makes the
 * text's length its number of octets.
 */
export function jsonContent(text: string): string {
  return JSON.stringify(text).slice(1, -1).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
