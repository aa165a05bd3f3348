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

/** How the configuration has fared. */
export interface ConfigurationCounts {
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  readonly reloads: number;
  readonly rejections: number;
  /** Whether the last attempt to read it came to nothing. */
  readonly isRejected: boolean;
}

/** What is asked for when metrics are, rather than counted. */
export interface MetricSources {
  readonly openConnections: () => number;
  readonly auditLinesLost: () => number;
  readonly configuration: () => ConfigurationCounts;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}
