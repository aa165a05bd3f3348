/**
 * What went on in the last five minutes, out of the seconds that the proxy tells of.
 *
 * @module
 */

/** Seconds that are shown, and those of one point of a plot. */
export const shownSeconds = 300;
export const bucketSeconds = 5;

/**
 * @typedef {object} Totals
 * @property {number} requests
 * @property {number} refused
 * @property {number} failed
 * @property {Map<number, number>} latency How many had which class: see latencyOf.
 */

export class Traffic {
  #seconds = [];
  /** The youngest second, in seconds since the epoch, by the proxy's clock. */
  latest = 0;

  clear() {
    this.#seconds = [];
    this.latest = 0;
  }

  /** @param second As the event `second` has it. */
  add(second) {
    this.latest = Math.max(this.latest, second.time);
    if (second.groups.length > 0) this.#seconds.push(second);
    const oldest = this.latest - shownSeconds;
    this.#seconds = this.#seconds.filter(({ time }) => time > oldest);
  }

  /** One total for each point of the plots, the oldest first. */
  buckets() {
    const count = shownSeconds / bucketSeconds;
    const buckets = Array.from({ length: count }, emptyTotals);
    for (const { time, groups } of this.#seconds) {
      const bucket = buckets[count - 1 - Math.floor((this.latest - time) / bucketSeconds)];
      for (const group of groups) addTo(bucket, group);
    }
    return buckets;
  }

  /** Everything, as one. */
  total() {
    const total = emptyTotals();
    for (const { groups } of this.#seconds) for (const group of groups) addTo(total, group);
    return total;
  }

  /**
   * Totals by what a group is called, the busiest first.
   *
   * @param {(group: { rule: string, agent: string }) => string} nameOf
   * @returns {[string, Totals][]}
   */
  by(nameOf) {
    const totals = new Map();
    for (const { groups } of this.#seconds) {
      for (const group of groups) {
        const name = nameOf(group);
        if (!totals.has(name)) totals.set(name, emptyTotals());
        addTo(totals.get(name), group);
      }
    }
    return [...totals].sort(([a, x], [b, y]) => y.requests - x.requests || (a < b ? -1 : 1));
  }
}

/**
 * The duration in milliseconds that this share of requests stayed below; undefined if there was none.
 *
 * @param {Pick<Totals, "latency">} totals
 * @param {number} share From 0 to 1.
 */
export function latencyOf({ latency }, share) {
  const classes = [...latency].sort(([a], [b]) => a - b);
  const wanted = share * classes.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [index, count] of classes) {
    seen += count;
    if (seen >= wanted) return 2 ** (index / 4);
  }
  return undefined;
}

/** @returns {Totals} */
function emptyTotals() {
  return { requests: 0, refused: 0, failed: 0, latency: new Map() };
}

function addTo(totals, { requests, refused, failed, latency }) {
  totals.requests += requests;
  totals.refused += refused;
  totals.failed += failed;
  for (const [index, count] of Object.entries(latency)) {
    const key = Number(index);
    totals.latency.set(key, (totals.latency.get(key) ?? 0) + count);
  }
}
