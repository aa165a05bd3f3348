/** What became of a request. */
export type Decision = "allow" | "deny" | "error";

const decisions: readonly Decision[] = ["allow", "deny", "error"];
/** By the status's first digit; `none` if there was no status, or one of no class. */
const statusClasses: readonly string[] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/**
 * Counts exchanges by rule, agent, decision and class of status: for every request, so it is two
 * look-ups and an addition.
 */
export class ExchangeCounts {
  /** By rule, then by agent: one number for each decision and class. */
  readonly #rows = new Map<string, Map<string, number[]>>();

  /** Whether {@linkcode add} has counted for them before. */
  has(rule: string, agent: string): boolean {
    return this.#rows.get(rule)?.has(agent) ?? false;
  }

  add(
    { rule, agent, decision, status }: {
      readonly rule: string;
      readonly agent: string;
      readonly decision: Decision;
      readonly status: number | undefined;
    },
  ): void {
    const row = this.#rows.get(rule)?.get(agent) ?? this.#addRow(rule, agent);
    const index = decisions.indexOf(decision) * statusClasses.length + classOf(status);
    row[index] = (row[index] ?? 0) + 1;
  }

  /** What was counted: the rule, the agent, the decision, the class of status, and how many. */
  *entries(): Iterable<readonly [readonly string[], number]> {
    for (const [rule, agents] of this.#rows) {
      for (const [agent, row] of agents) {
        for (const [index, count] of row.entries()) {
          if (count === 0) continue;
          const decision = decisions[Math.floor(index / statusClasses.length)] ?? "";
          const statusClass = statusClasses[index % statusClasses.length] ?? "";
          yield [[rule, agent, decision, statusClass], count];
        }
      }
    }
  }

  #addRow(rule: string, agent: string): number[] {
    const agents = this.#rows.get(rule) ?? new Map<string, number[]>();
    this.#rows.set(rule, agents);
    const row = new Array<number>(decisions.length * statusClasses.length).fill(0);
    agents.set(agent, row);
    return row;
  }
}

function classOf(status: number | undefined): number {
  const first = Math.floor((status ?? 0) / 100);
  return first < statusClasses.length ? first : 0;
}
