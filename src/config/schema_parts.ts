/**
 * What the sections' schemas are made of. The error of each part says what to write in its place;
 * `schema_problems.ts` puts the place before it.
 *
 * @module
 */
import { z } from "zod";
import { parseHostFilter } from "../policy/host_filter.ts";
import { parsePathPattern } from "../policy/path_pattern.ts";
import { looksLikeToken } from "../policy/looks_like_token.ts";

/**
 * An object of exactly these keys. The error of a key that it has not is the list of those that it
 * has, which is what a suggestion is made from.
 */
export function closed<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? keys.join(" ")
        : `write KEY: VALUE, where the keys are ${keys.join(", ")}`,
  });
}

/** A text that is parsed. What `parse` throws is the problem. */
export function parsed<T>(hint: string, parse: (text: string) => T) {
  return z.string({ error: hint }).transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

/** A list of at least one of something. */
export function some<T extends z.ZodType>(item: T, hint: string) {
  return z.array(item, { error: hint }).min(1, { error: `${hint}, with at least one in it` });
}

/** A whole number. */
export function whole({ min, max }: { min: number; max: number }) {
  return z.number({ error: `write a whole number from ${min} to ${max}` })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      error: `write a whole number from ${min} to ${max}`,
    });
}

/** One of some words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `write ${words.join(" or ")}` });
}

/** `GET`, as it stands in requests. */
const method = parsed("write a method, such as GET", (text) => {
  if (/^[A-Z][A-Z-]{0,31}$/.test(text)) return text;
  throw new Error("write a method in capital letters, such as GET");
});

/** A file's path. */
export const filePath = z.string({ error: "write a file's path" })
  .min(1, { error: "write a file's path" });

/**
 * The name of a secret or a variable. What stands in its place may be the secret itself: it is never
 * quoted.
 */
export const secretName = parsed(
  "write the name of a variable, not the secret itself",
  (text) => {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !looksLikeToken(text)) return text;
    throw new Error("write the name of a variable (letters, digits and _), not the secret itself");
  },
);

const agentName = parsed("write an agent's name", parseAgentName);

export const port = whole({ min: 1, max: 65_535 });
export const methods = some(method, "write a list of methods, such as [GET, POST]");
export const agents = some(agentName, "write a list of agents' names, such as [ci]");
export const hostFilter = parsed(
  'write a host, such as example.com, "*.example.com" or 10.0.0.0/8',
  parseHostFilter,
);
export const pathPattern = parsed('write a path, such as "/orgA/**"', (text) => {
  parsePathPattern(text);
  return text;
});

/**
 * Checks an agent's name: it stands in logs, in the audit and in the user part of a proxy's URL.
 *
 * @throws {Error} If it is none.
 */
export function parseAgentName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
  throw new Error("write a name of letters, digits, dots, - and _");
}
