import { ExchangeCounts } from "./exchange_counts.ts";
import { LabelledCounts } from "./labelled_counts.ts";

/** What is counted as it happens. */
export class MetricCounts {
  readonly exchanges = new ExchangeCounts();
  readonly tunnels = new LabelledCounts();
  readonly redactions = new LabelledCounts();
  readonly canaryAlarms = new LabelledCounts();
  readonly rateLimited = new LabelledCounts();
  readonly agentRejections = new LabelledCounts();
}
