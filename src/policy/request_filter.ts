import { compileExactPath, compilePathPatterns } from "./path_pattern.ts";
import type { RequestReading } from "./request_reading.ts";

/** Which requests to a host something is about; an absent part stands for all. */
export interface RequestConditions {
  /** In upper case; at least one. HEAD is not GET. */
  readonly methods?: readonly string[];
  /** A path pattern: `*` is one segment, `**` any number of them (`parsePathPattern`). */
  readonly path?: string;
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

  private constructor({ methods, path }: RequestConditions) {
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
    const { methods, path } = conditions;
    return methods === undefined && path === undefined ? undefined : new RequestFilter(conditions);
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
    const method = request.namedMethod;
    if (this.#methods !== undefined && (method === undefined || !this.#methods.has(method))) {
      return false;
    }
    const exact = this.#paths?.exact;
    return exact === undefined || [...request.paths].every((path) => exact.test(path));
  }
}
