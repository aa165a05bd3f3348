/**
 * What can go wrong on an HTTP/2 connection, in the peers' own terms.
 *
 * @module
 */

/** Error codes of RFC 9113 section 7. */
export const errorCodes = {
  no_error: 0x0,
  protocol_error: 0x1,
  internal_error: 0x2,
  flow_control_error: 0x3,
  settings_timeout: 0x4,
  stream_closed: 0x5,
  frame_size_error: 0x6,
  refused_stream: 0x7,
  cancel: 0x8,
  compression_error: 0x9,
  connect_error: 0xa,
  enhance_your_calm: 0xb,
  inadequate_security: 0xc,
  http_1_1_required: 0xd,
} as const;

/** The name of an error code, for logs; codes that nobody has defined are legal. */
export function errorCodeName(code: number): string {
  const known = Object.entries(errorCodes).find(([, value]) => value === code);
  return known === undefined ? `code ${code}` : known[0].toUpperCase();
}

/** The connection cannot go on (RFC 9113 section 5.4.1). */
export class ConnectionError extends Error {
  readonly code: number;

  constructor(kind: keyof typeof errorCodes, text: string) {
    super(text);
    this.name = "ConnectionError";
    this.code = errorCodes[kind];
  }
}

/** A stream has ended before its message did, by either side's word (RFC 9113 section 5.4.2). */
export class StreamError extends Error {
  readonly code: number;
  /** Whether the peer has said that it has not looked at the request (RFC 9113 section 8.7). */
  readonly unprocessed: boolean;

  constructor(code: number, text: string, options: { unprocessed?: true } = {}) {
    super(text);
    this.name = "StreamError";
    this.code = code;
    this.unprocessed = options.unprocessed ?? code === errorCodes.refused_stream;
  }
}
