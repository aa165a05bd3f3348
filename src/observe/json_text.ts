const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * Writes a string as JSON (RFC 8259 section 7) in printable ASCII alone.
 *
 * Everything else is escaped: an end of line would forge a line, a control character drives the
 * terminal that shows it, and a bidirectional override makes it read as another. It also makes the
 * text's length its number of octets.
 */
export function jsonText(text: string): string {
  // Almost every string is plain, and then nothing is copied.
  if (plain.test(text)) return '"' + text + '"';
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
