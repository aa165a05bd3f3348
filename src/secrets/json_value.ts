import { RenewalError } from "./renewable.ts";

/**
 * Parses a JSON object.
 *
 * @param what What it is called in messages.
 * @throws {RenewalError} If it is none. What the parser says quotes the text, so that is not repeated.
 */
export function parseJsonObject(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RenewalError(`${what} is no JSON`);
  }
  const record = recordOf(value);
  if (record === undefined) throw new RenewalError(`${what} is no JSON object`);
  return record;
}

/**
 * The text at a dotted path of a JSON object.
 *
 * @throws {RenewalError} If there is none.
 */
export function textAt(
  object: Readonly<Record<string, unknown>>,
  { key, what }: { key: string; what: string },
): string {
  let value: unknown = object;
  for (const part of key.split(".")) {
    const record = recordOf(value);
    value = record !== undefined && Object.hasOwn(record, part) ? record[part] : undefined;
  }
  if (typeof value === "string" && value !== "") return value;
  throw new RenewalError(`${what} has no text at ${key}`);
}

/** A JSON object; `undefined` if the value is none. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}
