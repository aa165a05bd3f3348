import { encodeLatin1 } from "../wire/octets.ts";
import { encodedForms } from "./encoded_forms.ts";
import { PatternSet } from "./pattern_set.ts";

/** What happens to a request that takes a placeholder to a host that is not its own. */
export type CanaryAction = "alarm" | "refuse";

/** Placeholders, recognised in what clients send. */
export class Canaries {
  readonly action: CanaryAction;
  readonly #patterns: PatternSet;

  /** @param placeholders By the variable in whose place they stand. */
  constructor(placeholders: ReadonlyMap<string, string>, action: CanaryAction) {
    this.action = action;
    this.#patterns = new PatternSet(
      [...placeholders].flatMap(([name, value]) =>
        encodedForms(value).map((form) => ({ name, octets: encodeLatin1(form) }))
      ),
    );
  }

  /** The variables whose placeholders are in something whole, such as a request head. */
  find(octets: Uint8Array): readonly string[] {
    const { matches } = this.#patterns.find(octets);
    return matches.length === 0 ? none : [...new Set(matches.map(({ name }) => name))];
  }

  /** Looks for placeholders in a body; `undefined` if there is nothing to look for. */
  watchBody(): BodyWatch | undefined {
    return this.#patterns.isEmpty ? undefined : new BodyWatch(this.#patterns);
  }
}

const none: readonly string[] = [];

/** So much of a body is looked at: a transcript is shorter, an upload takes no longer for it. */
const WATCHED_OCTETS = 1024 * 1024;

/** Notes the placeholders at the beginning of a body that passes by, however it is cut. */
export class BodyWatch {
  readonly #patterns: PatternSet;
  readonly #found = new Set<string>();
  #left = WATCHED_OCTETS;
  /** The last octets, in which a placeholder may have begun. */
  #tail: Uint8Array = new Uint8Array(0);

  constructor(patterns: PatternSet) {
    this.#patterns = patterns;
  }

  /** The variables whose placeholders have been seen. */
  get found(): ReadonlySet<string> {
    return this.#found;
  }

  /** Looks at the next piece, and leaves it as it is. */
  see(piece: Uint8Array): void {
    if (this.#left <= 0 || piece.length === 0) return;
    this.#left -= piece.length;
    const reach = this.#patterns.longest - 1;
    if (this.#tail.length > 0) this.#note(join(this.#tail, piece.subarray(0, reach)));
    this.#note(piece);
    this.#tail = join(this.#tail, piece.subarray(-reach)).slice(-reach);
  }

  #note(octets: Uint8Array): void {
    for (const { name } of this.#patterns.find(octets).matches) this.#found.add(name);
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
