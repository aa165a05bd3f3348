import { ExchangeCounts } from "./exchange_counts.ts";
import { LabelledCounts } from "./labelled_counts.ts";

/** What is counted as it happens. */
export class MetricCounts {
  readonly exchanges = new ExchangeCounts();
  readonly tunnels = new LabelledCounts();
  readonly redactions = new LabelledCounts();
  readonly canaryAlarms = new LabelledCounts();
  readonly rateLimited = new LabelledCounts();
}

/** What is asked for when metrics are, rather than counted. */
export interface MetricSources {
  readonly openConnections: () => number;
  readonly auditLinesLost: () => number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}
