import { openSource } from "./open_source.ts";
import type { SourceWorld } from "./source_world.ts";
import { Renewable } from "./renewable.ts";
import type { Secret } from "./secret.ts";
import { isLive, type LiveSpec, type SecretSpec } from "./secret_spec.ts";

/** A secret that is obtained when it is needed. */
export interface LiveSecret {
  readonly renewable: Renewable<Secret>;
  /** For people: `the command gh`. */
  readonly source: string;
}

interface Entry extends LiveSecret {
  readonly id: string;
}

/** How long a source that has failed is left alone, in milliseconds. */
const PAUSE = 5_000;

/** The secrets of one configuration that are obtained when they are needed, by name. */
export class LiveSecrets {
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  /**
   * Opens the sources; nothing is obtained yet.
   *
   * @param options `known` are those of the configuration before: of a secret that comes from where it
   * came from, what has been obtained goes on being used, and there is one owner of it.
   */
  static open(
    specs: ReadonlyMap<string, SecretSpec>,
    { world, reachedBy = "", known }: {
      world: SourceWorld;
      /** Equal as long as sources are reached, and trusted, in the same way. */
      reachedBy?: string;
      known?: LiveSecrets | undefined;
    },
  ): LiveSecrets {
    const entries = new Map<string, Entry>();
    const earlier = known === undefined ? new Map<string, Entry>() : known.#entries;
    for (const [name, spec] of specs) {
      if (!isLive(spec)) continue;
      const id = JSON.stringify([spec, reachedBy]);
      const before = earlier.get(name);
      entries.set(name, before?.id === id ? before : { id, ...open(spec, { name, world }) });
    }
    return new LiveSecrets(entries);
  }

  entries(): Iterable<[string, LiveSecret]> {
    return this.#entries.entries();
  }

  get(name: string): LiveSecret | undefined {
    return this.#entries.get(name);
  }
}

function open(spec: LiveSpec, { name, world }: { name: string; world: SourceWorld }): LiveSecret {
  const source = openSource(spec, { name, world });
  const renewable = new Renewable<Secret>({
    title: `The secret ${name}`,
    now: world.now,
    obtain: () => source.obtain(),
    meanwhile: "keep",
    pause: PAUSE,
  });
  return { renewable, source: source.title };
}
