import type { RequestHead } from "../wire/http1_head.ts";
import { looseFieldValues } from "./loose_field_names.ts";

/** Fields by which a request asks to be taken for one of another method. */
const overrideFields: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

/**
 * Tells which method a server may take a request for.
 *
 * Frameworks let a request name another method: in a field, in a query parameter (`_method`,
 * `$httpMethod`), and in the body of a form that is posted, which is not read here.
 *
 * @returns The method in upper case, as some servers ignore its case; `undefined` if it may be any.
 */
export function methodReading(
  { method, fields }: Pick<RequestHead, "method" | "fields">,
  query: string,
): string | undefined {
  if (looseFieldValues(fields, overrideFields).length > 0) return undefined;
  if (query !== "" && namesMethod(query)) return undefined;
  const upper = method.toUpperCase();
  return upper === "POST" && mayBeForm(fields.getAll("content-type")) ? undefined : upper;
}

/** Whether some parameter's name speaks of a method, or of header fields, which may hold one. */
function namesMethod(query: string): boolean {
  return /method|httpheaders|%/i.test(query) &&
    query.slice(1).split(/[&;]/).some((parameter) => {
      const [name = ""] = parameter.split("=", 1);
      return /method|httpheaders/i.test(decodeTwice(name));
    });
}

function decodeTwice(text: string): string {
  const decode = (encoded: string) =>
    encoded.replace(
      /%([0-9A-Fa-f]{2})/g,
      (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
    );
  return decode(decode(text));
}

/** Without a type, a body that is posted counts as a form for some (Rack among them). */
function mayBeForm(contentTypes: readonly string[]): boolean {
  const [only, ...others] = contentTypes;
  if (only === undefined || others.length > 0) return true;
  return !/^application\/(?:[\w.-]+\+)?json[\t ]*(?:;[^,]*)?$/i.test(only);
}
