/**
 * The certificate authority cannot be made, read or used.
 *
 * The message is one line: the file, what is wrong with it, and how to mend it. It never quotes a
 * file's content, and errors of the key parser are not kept as `cause`: a parser may quote what it
 * was given.
 */
export class CaError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CaError";
  }
}
