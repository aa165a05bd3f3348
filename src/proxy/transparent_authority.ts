import { type Authority, parseAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";

/**
 * The authority that an origin-form request is for, by its Host (RFC 9112 section 3.3).
 *
 * @param originalPort What the client called. Another one in Host is no accident: it names us.
 * @returns `undefined` if Host names another port.
 * @throws {WireError} If there is not exactly one Host, or it is malformed.
 */
export function transparentAuthority(
  { fields }: RequestHead,
  originalPort: number,
): Authority | undefined {
  const [host, ...more] = fields.getAll("host");
  if (host === undefined || more.length > 0) {
    throw new WireError("Cannot accept the request: not exactly one Host");
  }
  const authority = parseAuthority(host, { defaultPort: originalPort });
  return authority.port === originalPort ? authority : undefined;
}
