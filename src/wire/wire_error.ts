/**
 * What everything in `wire/` throws for malformed input: that, and nothing else.
 *
 * The message reads action: state, and may be shown to the peer that sent the input.
 */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WireError";
  }
}

/** A head or trailer section has more octets or lines than it may: 431 where it is a request's. */
export class HeadTooLargeError extends WireError {
  constructor(message: string) {
    super(message);
    this.name = "HeadTooLargeError";
  }
}

/** Longest part of the input that a message repeats, in UTF-16 code units. */
const quotedLength = 80;

/**
 * Quotes a piece of hostile input for an error message.
 *
 * @param text What was received.
 * @returns `text` in double quotes, cut after 80 code units, with `"`, `\` and everything that is
 * not printable ASCII escaped, so that it can neither forge a log line nor steer a terminal.
 */
export function quoteInput(text: string): string {
  let quoted = "";
  for (let index = 0; index < text.length && index < quotedLength; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22 || code === 0x5c) quoted += "\\" + text.charAt(index);
    else if (code >= 0x20 && code < 0x7f) quoted += text.charAt(index);
    else quoted += "\\u" + code.toString(16).padStart(4, "0");
  }
  return text.length > quotedLength ? `"${quoted}…"` : `"${quoted}"`;
}
