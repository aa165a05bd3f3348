import type { Problem } from "../secrets/problem.ts";
import type { YamlPath, YamlTree } from "./yaml_tree.ts";

/** Where the values come from, and where what is wrong with them goes. */
export interface ReadingContext {
  /** The file. */
  readonly file: string;
  readonly tree: YamlTree;
  readonly problems: Problem[];
  /** Told of each other file that is read for it. */
  readonly onRead: (path: string) => void;
}

/**
 * A record of a file that others have laid down the format of: it is asked for what is needed, and the
 * rest is left alone. What it reports quotes no value.
 */
export class MapReader {
  readonly path: YamlPath;
  readonly #context: ReadingContext;
  readonly #record: Readonly<Record<string, unknown>>;

  constructor(value: unknown, { path, ...context }: ReadingContext & { path: YamlPath }) {
    this.path = path;
    this.#context = context;
    this.#record = isRecord(value) ? value : {};
    if (value !== undefined && value !== null && !isRecord(value)) {
      this.problem("Cannot read this: write KEY: VALUE");
    }
  }

  /** Says that a file has been read which this one refers to. */
  refersTo(path: string): void {
    this.#context.onRead(path);
  }

  /** Whether the key says anything: neither absent, nor null, false, empty. */
  says(key: string): boolean {
    const value = this.#value(key);
    if (value === undefined || value === false || value === "") return false;
    return !(Array.isArray(value) && value.length === 0);
  }

  /** A text; `undefined` if it is absent or empty. */
  text(key: string): string | undefined {
    const value = this.#value(key);
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string") return value;
    this.problem(`Cannot read ${key}: write a text, in quotes`, key);
    return undefined;
  }

  /** What base64 of a text says; `undefined` if it is absent or broken. */
  base64Text(key: string): string | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(text));
    } catch {
      this.problem(`Cannot read ${key}: it is no base64 of a text`, key);
      return undefined;
    }
  }

  texts(key: string): string[] {
    return this.#list(key).flatMap((item) => {
      if (typeof item === "string") return [item];
      this.problem(`Cannot read ${key}: write a list of texts, in quotes`, key);
      return [];
    });
  }

  /** The record under a key; an empty one if it is absent. */
  map(key: string): MapReader {
    return this.#reader(this.#value(key), key);
  }

  /** The records of a list. */
  maps(key: string): MapReader[] {
    return this.#list(key).map((item, index) => this.#reader(item, key, index));
  }

  /** A record's own records, by key. */
  entries(key: string): [name: string, entry: MapReader][] {
    const value = this.#value(key);
    if (!isRecord(value)) {
      if (value !== undefined) this.problem(`Cannot read ${key}: write NAME: { … }`, key);
      return [];
    }
    return Object.entries(value).map(([name, item]) => [name, this.#reader(item, key, name)]);
  }

  /** The value as it stands there, to be passed on. */
  raw(key: string): unknown {
    return this.#value(key);
  }

  /** Reports something; at a key's place if one is given. */
  problem(message: string, key?: string): void {
    const { file, tree, problems } = this.#context;
    const path = key === undefined ? this.path : [...this.path, key];
    const { line, column } = tree.position(path, "key");
    problems.push({ where: `${file}:${line}:${column}`, message });
  }

  #value(key: string): unknown {
    return Object.hasOwn(this.#record, key) ? this.#record[key] ?? undefined : undefined;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.problem(`Cannot read ${key}: write a list`, key);
    return [];
  }

  #reader(value: unknown, ...inside: (string | number)[]): MapReader {
    return new MapReader(value, { ...this.#context, path: [...this.path, ...inside] });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
