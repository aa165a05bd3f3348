import { quoteInput } from "../wire/wire_error.ts";

/** It stands in certificates, file names, URLs and logs, so nothing in it needs an escape there. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Whether the text may name an agent: 1 to 63 of `a-z 0-9 . _ -`, the first a letter or digit. */
export function isAgentName(text: string): boolean {
  return namePattern.test(text);
}

/**
 * Checks the name of an agent.
 *
 * @throws {Error} If it is not one; the message says how to mend it.
 */
export function parseAgentName(text: string): string {
  if (isAgentName(text)) return text;
  throw new Error(
    `Cannot name an agent ${quoteInput(text)}: write 1 to 63 lower-case letters, digits, dots, ` +
      "underscores and hyphens, the first a letter or a digit",
  );
}
