import type { RequestHead } from "../wire/http1_head.ts";
import { compilePathPatterns } from "./path_pattern.ts";
import { RequestReading } from "./request_reading.ts";

/** Something that a service does for whoever asks and that its rule refuses, by name. */
export interface DeniedEndpoint {
  /** In lower case, and what `--allow-endpoint` takes. */
  readonly name: string;
  /** The vendor's documentation. */
  readonly docs: string;
  /**
   * `METHOD /path` or `METHOD|METHOD /path`; `*` in the path is one segment, `**` any number of
   * them: see {@linkcode compilePathPatterns}.
   */
  readonly requests: readonly string[];
}

interface Matcher {
  readonly all: RegExp;
  readonly single: readonly { readonly endpoint: DeniedEndpoint; readonly path: RegExp }[];
}

/** The endpoints that one rule refuses, ready to be matched. */
export class DeniedEndpoints {
  readonly endpoints: readonly DeniedEndpoint[];
  readonly #byMethod: ReadonlyMap<string, Matcher>;
  readonly #anyMethod: Matcher;

  /**
   * @param endpoints At least one.
   * @throws {TypeError} If a request pattern is malformed.
   */
  constructor(endpoints: readonly DeniedEndpoint[]) {
    this.endpoints = endpoints;
    const rows = endpoints.flatMap((endpoint) =>
      endpoint.requests.map((request) => ({ endpoint, ...parseRequest(request) }))
    );
    this.#anyMethod = createMatcher(rows);
    const methods = new Set(rows.flatMap((row) => row.methods));
    this.#byMethod = new Map([...methods].map((method) => [
      method,
      createMatcher(rows.filter((row) => row.methods.includes(method))),
    ]));
  }

  /**
   * Finds the endpoint that a request may be for, in any way that a server may read it.
   *
   * @param pathAndQuery The request target in origin form, as it came.
   * @returns `undefined` if none is denied, however it is read.
   * @throws {WireError} If the path cannot be settled, see `pathReadings`; not for requests
   * whose method no denied endpoint has.
   */
  find(
    head: Pick<RequestHead, "method" | "fields">,
    pathAndQuery: string,
  ): DeniedEndpoint | undefined {
    const request = new RequestReading(head, pathAndQuery);
    const method = request.possibleMethod;
    const matcher = method === undefined ? this.#anyMethod : this.#byMethod.get(method);
    if (matcher === undefined) return undefined;
    for (const path of request.paths) {
      if (!matcher.all.test(path)) continue;
      return matcher.single.find((row) => row.path.test(path))?.endpoint;
    }
    return undefined;
  }
}

function createMatcher(
  rows: readonly { readonly endpoint: DeniedEndpoint; readonly path: string }[],
): Matcher {
  return {
    all: compilePathPatterns(rows.map(({ path }) => path)),
    single: rows.map(({ endpoint, path }) => ({ endpoint, path: compilePathPatterns([path]) })),
  };
}

function parseRequest(text: string): { methods: readonly string[]; path: string } {
  const [, methods, path] = /^([A-Z]+(?:\|[A-Z]+)*) (\/\S*)$/.exec(text) ?? [];
  if (methods === undefined || path === undefined) {
    throw new TypeError(`Cannot compile "${text}": write METHOD /path or METHOD|METHOD /path`);
  }
  return { methods: methods.split("|"), path };
}
