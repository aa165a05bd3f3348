/** RFC 9110 section 7.6.3: received-by is a pseudonym, which is a token, and maybe a port. */
const receivedBy = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}(:\d{1,5})?$/;

/**
 * Reads the name that this proxy gives itself in Via.
 *
 * @throws {Error} if it is neither a token nor a token with a port.
 */
export function parseVia(text: string): string {
  if (receivedBy.test(text)) return text;
  throw new Error(`Cannot parse "${text}": write a name for this proxy, such as auth-proxy`);
}
