import type { AuditDurations } from "./audit_record.ts";
import { LatencyHistogram } from "./latency_histogram.ts";

/** What became of a request. */
export type Decision = "allow" | "deny" | "error";

/** What is counted of one exchange. */
export interface CountedExchange {
  readonly agent: string;
  readonly decision: Decision;
  /** The status that the client was sent, if any was. */
  readonly status: number | undefined;
  readonly ms?: AuditDurations | undefined;
}

const decisions: readonly Decision[] = ["allow", "deny", "error"];
/** By the status's first digit; `none` if there was no status, or one of no class. */
const statusClasses: readonly string[] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/** RFC 9110 section 15.2.2. */
const SWITCHING_PROTOCOLS = 101;

/** What was counted of the exchanges of one rule: an addition for each thing, and one look-up. */
export class RuleCounts {
  readonly connect = new LatencyHistogram();
  readonly firstByte = new LatencyHistogram();
  readonly total = new LatencyHistogram();
  /** By agent: one number for each decision and class. */
  readonly #agents = new Map<string, number[]>();

  add({ agent, decision, status, ms }: CountedExchange): void {
    const row = this.#agents.get(agent) ?? this.#addAgent(agent);
    const index = decisions.indexOf(decision) * statusClasses.length + classOf(status);
    row[index] = (row[index] ?? 0) + 1;
    if (ms === undefined) return;
    if (ms.connect !== undefined) this.connect.observe(ms.connect);
    if (ms.firstByte !== undefined) this.firstByte.observe(ms.firstByte);
    // What is refused takes no time, and a connection that was switched as long as its peers like.
    if (decision !== "deny" && status !== SWITCHING_PROTOCOLS) this.total.observe(ms.total);
  }

  /** The agent, the decision, the class of status, and how many. */
  *entries(): Iterable<readonly [readonly string[], number]> {
    for (const [agent, row] of this.#agents) {
      for (const [index, count] of row.entries()) {
        if (count === 0) continue;
        const decision = decisions[Math.floor(index / statusClasses.length)] ?? "";
        const statusClass = statusClasses[index % statusClasses.length] ?? "";
        yield [[agent, decision, statusClass], count];
      }
    }
  }

  #addAgent(agent: string): number[] {
    const row = new Array<number>(decisions.length * statusClasses.length).fill(0);
    this.#agents.set(agent, row);
    return row;
  }
}

/** Counts exchanges by rule. */
export class ExchangeCounts {
  readonly #rules = new Map<string, RuleCounts>();

  /** What was counted for that rule, if anything was. */
  find(rule: string): RuleCounts | undefined {
    return this.#rules.get(rule);
  }

  /** What was counted for that rule; from now on it is there. */
  open(rule: string): RuleCounts {
    const known = this.#rules.get(rule);
    if (known !== undefined) return known;
    const counts = new RuleCounts();
    this.#rules.set(rule, counts);
    return counts;
  }

  /** The rule, the agent, the decision, the class of status, and how many. */
  *entries(): Iterable<readonly [readonly string[], number]> {
    for (const [rule, counts] of this.#rules) {
      for (const [values, count] of counts.entries()) yield [[rule, ...values], count];
    }
  }

  /** How long that phase took, by rule. */
  *durations(phase: keyof AuditDurations): Iterable<readonly [string, LatencyHistogram]> {
    for (const [rule, counts] of this.#rules) yield [rule, counts[phase]];
  }
}

function classOf(status: number | undefined): number {
  const first = Math.floor((status ?? 0) / 100);
  return first < statusClasses.length ? first : 0;
}
