/** With so few connections, descriptors do not run out because of them. */
const FEW_CONNECTIONS = 16;

/** How many descriptors must be left: for a few connections to upstreams, a name server, a file. */
const SPARE = 8;

/** A client's connection, and one to an upstream. */
const DESCRIPTORS_PER_CONNECTION = 2;

/** How many checks in a row must find descriptors to spare before more connections are let in. */
const PATIENCE = 10;
const MAX_PATIENCE = 3600;

/** What {@linkcode ConnectionCeiling.check} judges by. */
export interface CeilingFacts {
  /** How many connections of clients there are now. */
  readonly size: number;
  /** How many there may be as far as the operator is concerned. */
  readonly maxConnections: number;
  /** Whether that many more descriptors can be had. */
  readonly hasSpare: (count: number) => boolean;
}

/** What a check came to. */
export type CeilingChange = "lowered" | "raised" | "lifted" | "same";

/**
 * How many client connections there may be for want of file descriptors: fewer as soon as none is
 * left, more again, by and by, once there have been enough for a while.
 */
export class ConnectionCeiling {
  #value = Infinity;
  #patience = PATIENCE;
  /** Checks in a row that found descriptors to spare. */
  #calm = 0;
  #raised = false;

  /** `Infinity` as long as there are descriptors enough. */
  get value(): number {
    return this.#value;
  }

  /** Looks again; to be called at even intervals. */
  check({ size, maxConnections, hasSpare }: CeilingFacts): CeilingChange {
    if (size > FEW_CONNECTIONS && !hasSpare(SPARE)) return this.#lower(size);
    if (this.#value === Infinity) return "same";
    if (++this.#calm < this.#patience) return "same";
    this.#calm = 0;
    const step = Math.max(FEW_CONNECTIONS, Math.ceil(this.#value / 4));
    if (!hasSpare(DESCRIPTORS_PER_CONNECTION * step + SPARE)) return "same";
    this.#raised = true;
    this.#value += step;
    if (this.#value < maxConnections) return "raised";
    this.#value = Infinity;
    return "lifted";
  }

  #lower(size: number): CeilingChange {
    this.#calm = 0;
    // What is left over is for new connections, before an old one makes room, and for upstreams.
    const leftOver = Math.max(FEW_CONNECTIONS, Math.ceil(size / 10));
    const ceiling = Math.max(FEW_CONNECTIONS, size - leftOver);
    if (ceiling >= this.#value) return "same";
    this.#value = ceiling;
    // Raised too soon: wait longer the next time, so that it does not go up and down.
    if (this.#raised) this.#patience = Math.min(2 * this.#patience, MAX_PATIENCE);
    this.#raised = false;
    return "lowered";
  }
}
