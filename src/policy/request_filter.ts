import { compileExactPath, compilePathPatterns } from "./path_pattern.ts";
import type { RequestReading } from "./request_reading.ts";

/** Which requests to a host something is about; an absent part stands for all. */
export interface RequestConditions {
  /** In upper case; at least one. HEAD is not GET. */
  readonly methods?: readonly string[];
  /** A path pattern: `*` is one segment, `**` any number of them (`parsePathPattern`). */
  readonly path?: string;
  /** Requests that have one of these are not meant, whatever else holds. */
  readonly unless?: Unless;
}

/** Names of query parameters, and of fields in lower case. */
export interface Unless {
  readonly query?: readonly string[];
  readonly headers?: readonly string[];
}

/**
 * Conditions, ready to be held against requests.
 *
 * Servers disagree about what a request says, so there are two ways to ask: whether some server may
 * read it as one that is meant, for denials; and whether every server reads it so, for what allows
 * it or gives it a credential.
 */
export class RequestFilter {
  readonly #methods: ReadonlySet<string> | undefined;
  readonly #paths: { readonly loose: RegExp; readonly exact: RegExp } | undefined;
  readonly #unless: { readonly query: ReadonlySet<string>; readonly headers: ReadonlySet<string> };

  private constructor({ methods, path, unless }: RequestConditions) {
    this.#unless = { query: new Set(unless?.query), headers: new Set(unless?.headers) };
    this.#methods = methods === undefined ? undefined : new Set(methods);
    this.#paths = path === undefined
      ? undefined
      : { loose: compilePathPatterns([path]), exact: compileExactPath(path) };
  }

  /**
   * @returns `undefined` where there is no condition: everything is meant.
   * @throws {TypeError} If the path pattern is malformed.
   */
  static of(conditions: RequestConditions): RequestFilter | undefined {
    const { methods, path, unless } = conditions;
    const isForAll = methods === undefined && path === undefined && unless === undefined;
    return isForAll ? undefined : new RequestFilter(conditions);
  }

  /**
   * Whether some server may read the request as one that is meant.
   *
   * @throws {WireError} If its path cannot be settled.
   */
  mayMatch(request: RequestReading): boolean {
    const method = request.possibleMethod;
    if (this.#methods !== undefined && method !== undefined && !this.#methods.has(method)) {
      return false;
    }
    const loose = this.#paths?.loose;
    return loose === undefined || [...request.paths].some((path) => loose.test(path));
  }

  /**
   * Whether every server reads the request as one that is meant.
   *
   * @throws {WireError} If its path cannot be settled.
   */
  surelyMatches(request: RequestReading): boolean {
    const { query, headers } = this.#unless;
    if (query.size > 0 && request.hasParameter(query)) return false;
    if (headers.size > 0 && request.hasField(headers)) return false;
    const method = request.namedMethod;
    if (this.#methods !== undefined && (method === undefined || !this.#methods.has(method))) {
      return false;
    }
    const exact = this.#paths?.exact;
    return exact === undefined || [...request.paths].every((path) => exact.test(path));
  }
}
