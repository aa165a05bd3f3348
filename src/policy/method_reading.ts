import type { Fields } from "../wire/fields.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { looseFields } from "./loose_field_names.ts";

/** Fields by which a request asks to be taken for one of another method. */
const overrideFields: ReadonlySet<string> = new Set([
  "http-method-override",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

const typeField: ReadonlySet<string> = new Set(["content-type"]);

/**
 * Tells which method a server may take a request for.
 *
 * Frameworks let a request name another method: in a field, in a query parameter (`_method`,
 * `$httpMethod`), and in the body of a form that is posted, which is not read here.
 *
 * @returns The method in upper case, as some servers ignore its case; `undefined` if it may be any.
 */
export function methodReading(
  head: Pick<RequestHead, "method" | "fields">,
  query: string,
): string | undefined {
  if (overridesMethod(head, query)) return undefined;
  const upper = head.method.toUpperCase();
  return upper === "POST" && mayBeForm(head.fields) ? undefined : upper;
}

/**
 * Tells which method a request has for what allows it by its method.
 *
 * What the body of a form may say (`_method=delete`) is not seen and does not count: otherwise no
 * POST could be allowed but of JSON, and git's are not. Where a server heeds it, POST stands for
 * every method.
 *
 * @returns The method as it came (RFC 9110 section 9.1: case-sensitive); `undefined` if the request
 * names another one as well.
 */
export function namedMethod(
  head: Pick<RequestHead, "method" | "fields">,
  query: string,
): string | undefined {
  return overridesMethod(head, query) ? undefined : head.method;
}

function overridesMethod({ fields }: Pick<RequestHead, "fields">, query: string): boolean {
  return looseFields(fields, overrideFields).length > 0 ||
    (query !== "" && namesMethod(query));
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

/**
 * Without a type, a body that is posted counts as a form for some (Rack among them); with two, nobody
 * knows which of them counts.
 */
function mayBeForm(fields: Fields): boolean {
  const type = fields.get("content-type");
  if (type === undefined || looseFields(fields, typeField).length > 1) return true;
  return !/^application\/(?:[\w.-]+\+)?json[\t ]*(?:;[^,]*)?$/i.test(type);
}
