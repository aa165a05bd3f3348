/**
 * Reads a field name as a server does that has it from CGI, where `-` and, to many servers, every
 * other character that is neither letter nor digit is one `_` (RFC 3875 section 4.1.18).
 *
 * @param name In lower case.
 * @returns The name with `-` for all of them.
 */
export function looseName(name: string): string {
  return name.replace(/[^a-z0-9-]/g, "-");
}
