/**
 * What went on in one second, added up: what a page draws its plots from.
 *
 * @module
 */

/** One rule's requests of one agent. */
export interface TrafficGroup {
  /** Empty if no rule had them. */
  readonly rule: string;
  /** Empty for who proved nothing. */
  readonly agent: string;
  requests: number;
  /** Of them, refused by the proxy. */
  refused: number;
  /** Of them, without a whole answer for another reason. */
  failed: number;
  /** How many were answered after how long: {@linkcode latencyClass} to a count. */
  readonly latency: Record<number, number>;
}

/** The requests that ended in one second. */
export interface TrafficSecond {
  /** Its beginning, in seconds since the epoch. */
  readonly time: number;
  readonly groups: readonly TrafficGroup[];
  readonly alarms: number;
}

/** What is counted of a record: a line of the audit log, parsed, has it too. */
export interface CountedRecord {
  readonly kind: "exchange" | "tunnel" | "alarm";
  readonly rule?: string | undefined;
  readonly agent?: string | undefined;
  readonly decision?: string | undefined;
  readonly decrypted?: boolean | undefined;
  /** Milliseconds. */
  readonly connect?: number | undefined;
  readonly firstByte?: number | undefined;
}

/** Adds up what happens until it is asked. */
export class TrafficTally {
  readonly #groups = new Map<string, TrafficGroup>();
  #alarms = 0;

  /** A tunnel whose requests are seen is none itself, unless it was not let through. */
  add(record: CountedRecord): void {
    if (record.kind === "alarm") {
      this.#alarms++;
      return;
    }
    const { decision = "allow", connect = 0, firstByte } = record;
    if (record.decrypted === true && decision === "allow") return;
    const group = this.#group(record.rule ?? "", record.agent ?? "");
    group.requests++;
    if (decision === "deny") group.refused++;
    if (decision === "error") group.failed++;
    if (firstByte === undefined) return;
    const index = latencyClass(connect + firstByte);
    group.latency[index] = (group.latency[index] ?? 0) + 1;
  }

  /** What was added since the last call, as the second that begins at `time`. */
  take(time: number): TrafficSecond {
    const second = { time, groups: [...this.#groups.values()], alarms: this.#alarms };
    this.#groups.clear();
    this.#alarms = 0;
    return second;
  }

  #group(rule: string, agent: string): TrafficGroup {
    const key = `${agent} ${rule}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = { rule, agent, requests: 0, refused: 0, failed: 0, latency: {} };
    this.#groups.set(key, group);
    return group;
  }
}

/**
 * The class of a duration in milliseconds: class `n` is that of `2 ** (n / 4)`, so that what is read
 * out of it is right to a tenth. Everything below a millisecond is class 0.
 */
export function latencyClass(milliseconds: number): number {
  return Math.max(0, Math.round(4 * Math.log2(Math.max(milliseconds, 1))));
}
