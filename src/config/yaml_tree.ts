import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from "yaml";

/** The way to a value: keys of maps, and indices of lists. */
export type YamlPath = readonly (string | number)[];

/** Where something stands, both counted from 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** Something in a text that is not what may stand there. */
export interface YamlProblem extends YamlPosition {
  readonly message: string;
}

/** A text as plain values, with the place of each. */
export interface YamlTree {
  /**
   * Of strings, finite numbers, booleans, null, arrays and records; `undefined` in the place of what
   * there is a problem with.
   */
  readonly value: unknown;
  /** Whether it is YAML at all: if not, the values are a guess. */
  readonly isWellFormed: boolean;
  readonly problems: readonly YamlProblem[];
  /** Where the value, or the key that leads to it, stands; of the nearest one around it if none. */
  position(path: YamlPath, what?: "key" | "value"): YamlPosition;
}

/** What may nest in what: no configuration is as deep. */
const MAX_DEPTH = 32;

/** What people are told, by the code of what the parser found: its own words may quote a secret. */
const syntaxMessages: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a second ":" stands in the line; put the value in quotes',
  BAD_INDENT: "the indentation or a bracket is wrong here",
  BAD_SCALAR_START: "a value cannot begin with this character; put it in quotes",
  DUPLICATE_KEY: "the key stands there twice; remove one",
  MISSING_CHAR: "a quote, bracket, comma or colon is missing before this",
  MULTIPLE_DOCS: 'a second document begins here; write one, without "---"',
  TAB_AS_INDENT: "a tab stands in the indentation; use spaces",
};

/**
 * Reads a YAML 1.2 text of one document and plain values: no aliases, no tags, no keys but strings.
 *
 * @param text The text; its messages quote nothing of it.
 */
export function readYamlTree(text: string): YamlTree {
  const lineCounter = new LineCounter();
  const reader = new Reader(lineCounter);
  try {
    const document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      schema: "core",
      strict: true,
      uniqueKeys: true,
      version: "1.2",
    });
    for (const error of document.errors) reader.syntaxProblem(error);
    const isWellFormed = document.errors.length === 0;
    const value = isWellFormed ? reader.read(document.contents, []) : undefined;
    const position = reader.position.bind(reader);
    return { value, isWellFormed, problems: reader.problems, position };
  } catch (error) {
    // Nested beyond what a parser that calls itself can take.
    if (!(error instanceof RangeError)) throw error;
    const message = "Cannot read the file as YAML: it is nested too deeply";
    const position = { line: 1, column: 1 };
    const problems = [{ ...position, message }];
    return { value: undefined, isWellFormed: false, problems, position: () => position };
  }
}

/** What stands at a path of plain values; `undefined` if nothing does. */
export function valueAt(value: unknown, path: YamlPath): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[part];
  }
  return found;
}

class Reader {
  readonly problems: YamlProblem[] = [];
  readonly #lines: LineCounter;
  readonly #offsets = new Map<string, number>();
  readonly #reported = new Set<number>();

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  syntaxProblem({ code, pos: [offset] }: YAMLError): void {
    const state = syntaxMessages[code] ?? "check the indentation, quotes and brackets around here";
    this.#problem(offset, `Cannot read the file as YAML: ${state}`);
  }

  position(path: YamlPath, what: "key" | "value" = "value"): YamlPosition {
    for (let length = path.length; length >= 0; length--) {
      const place = idOf(path.slice(0, length));
      const first = length === path.length ? what : "key";
      const offset = this.#offsets.get(`${first} ${place}`) ?? this.#offsets.get(`value ${place}`);
      if (offset !== undefined) return this.#at(offset);
    }
    return this.#at(0);
  }

  read(node: unknown, path: YamlPath): unknown {
    if (node === null) return null;
    const { range, tag } = node as Node & { tag?: string };
    const offset = range?.[0] ?? 0;
    this.#offsets.set(`value ${idOf(path)}`, offset);
    if (isAlias(node)) {
      this.#problem(
        offset,
        'Cannot use an alias: write the value out; text that begins with "*" goes in quotes, ' +
          'as in "*.example.com"',
      );
      return undefined;
    }
    if (tag !== undefined && !tag.startsWith("tag:yaml.org,2002:")) {
      this.#problem(offset, 'Cannot use a tag: text that begins with "!" goes in quotes');
      return undefined;
    }
    if (path.length > MAX_DEPTH) {
      this.#problem(offset, "Cannot read the file: it is nested too deeply");
      return undefined;
    }
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isMap(node)) return this.#readMap(node.items, path);
    return isScalar(node) ? this.#readScalar(node.value, offset) : undefined;
  }

  #readMap(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    path: YamlPath,
  ): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const offset = (key as Node | null)?.range?.[0] ?? 0;
      if (!isScalar(key) || typeof key.value !== "string" || key.value === "__proto__") {
        this.#problem(offset, "Cannot use this key: write a name");
        continue;
      }
      const inside = [...path, key.value];
      this.#offsets.set(`key ${idOf(inside)}`, offset);
      record[key.value] = this.read(value, inside);
    }
    return record;
  }

  #readScalar(value: unknown, offset: number): unknown {
    const plain = value === null || typeof value === "string" || typeof value === "boolean" ||
      (typeof value === "number" && Number.isFinite(value));
    if (!plain) this.#problem(offset, "Cannot use this value: write a text, a number, or a list");
    return plain ? value : undefined;
  }

  #problem(offset: number, message: string): void {
    // One slip makes the parser stumble many times at one place.
    if (this.#reported.has(offset)) return;
    this.#reported.add(offset);
    this.problems.push({ ...this.#at(offset), message });
  }

  #at(offset: number): YamlPosition {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function idOf(path: YamlPath): string {
  return JSON.stringify(path);
}
