import type { Fields } from "../wire/fields.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import { looseFields } from "./loose_field_names.ts";
import { methodReading, namedMethod } from "./method_reading.ts";
import { hasQueryParameter } from "./query_parameters.ts";
import { pathReadings } from "./path_readings.ts";

/** Fields whose value some servers take for the path (IIS rewriting, proxies, what copied them). */
const pathFields: ReadonlySet<string> = new Set([
  "x-forwarded-path",
  "x-forwarded-uri",
  "x-original-uri",
  "x-original-url",
  "x-override-url",
  "x-rewrite-url",
]);

/** How servers may read one request: worked out once, when first asked for. */
export class RequestReading {
  readonly #head: Pick<RequestHead, "method" | "fields">;
  readonly #path: string;
  readonly #query: string;
  #paths: ReadonlySet<string> | undefined;

  /** @param pathAndQuery The request target in origin form, as it came and as it is forwarded. */
  constructor(head: Pick<RequestHead, "method" | "fields">, pathAndQuery: string) {
    const mark = pathAndQuery.indexOf("?");
    this.#head = head;
    this.#path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
    this.#query = mark === -1 ? "" : pathAndQuery.slice(mark);
  }

  /** Whether the request has a query parameter of one of these names. */
  hasParameter(names: ReadonlySet<string>): boolean {
    return hasQueryParameter(this.#query, names);
  }

  /** Whether the request has a field of one of these names, in lower case. */
  hasField(names: ReadonlySet<string>): boolean {
    return looseFields(this.#head.fields, names).length > 0;
  }

  /** The method in upper case, for what denies: `undefined` if some server may take any for it. */
  get possibleMethod(): string | undefined {
    return methodReading(this.#head, this.#query);
  }

  /** The method, for what allows: `undefined` if the request names another one as well. */
  get namedMethod(): string | undefined {
    return namedMethod(this.#head, this.#query);
  }

  /**
   * Every reading of the path, and of what stands in its place in a field.
   *
   * @throws {WireError} If they cannot be settled, see {@linkcode pathReadings}, or such a field comes
   *   twice.
   */
  get paths(): ReadonlySet<string> {
    this.#paths ??= pathReadings(this.#path, ...pathsInFields(this.#head.fields));
    return this.#paths;
  }
}

/** The paths in the fields that some servers take for the request's own. */
function pathsInFields(fields: Fields): string[] {
  const found = looseFields(fields, pathFields);
  const names = new Set<string>();
  for (const { name } of found) {
    if (names.has(name)) throw new WireError(`Cannot settle the path: more than one ${name}`);
    names.add(name);
  }
  return found.map(({ value }) =>
    // It may be a whole URI.
    value.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "").replace(/\?.*$/s, "")
  );
}
