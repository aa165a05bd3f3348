import type { CountedExchange, Decision } from "./exchange_counts.ts";
import { MetricCounts } from "./metric_counts.ts";
import type { MetricSources } from "./metric_sources.ts";

/** Names that may stand in labels: those of the configuration, so that no client can add to them. */
export interface MetricNames {
  readonly rules: readonly string[];
  /** Variables, not their values. */
  readonly secrets: readonly string[];
  readonly placeholders: readonly string[];
}

/** Who a request is from and which rule matches, as far as that is known. */
export interface MetricSubject {
  readonly rule?: string | undefined;
  /** Whom it has proved to be: there are no more of these than the operator has made. */
  readonly agent?: string | undefined;
}

/** Why a client was not taken for the agent that it may be. */
export type AgentRejection = "missing" | "token" | "certificate";

const agentRejections: readonly AgentRejection[] = ["missing", "token", "certificate"];

/** Stands for a name that is not of the configuration, or that is not there at all. */
const other = "other";
const none = "none";

/**
 * Counts what the proxy does, and tells it to Prometheus.
 *
 * Counting is plain addition; prom-client is loaded, and given the numbers, when they are asked for.
 */
export class Metrics {
  /** Of the text format that {@linkcode text} writes. */
  static readonly contentType = "text/plain; version=0.0.4; charset=utf-8";

  readonly #counts = new MetricCounts();
  readonly #sources: MetricSources;
  readonly #names: Readonly<Record<keyof MetricNames, Set<string>>>;
  #writer: Promise<() => Promise<string>> | undefined;

  constructor(names: MetricNames, sources: MetricSources) {
    this.#sources = sources;
    this.#names = { rules: new Set(), secrets: new Set(), placeholders: new Set() };
    this.learn(names);
    for (const reason of agentRejections) this.#counts.agentRejections.add([reason], 0);
  }

  /** Takes names of another configuration; those of earlier ones stay, as their counts do. */
  learn(names: MetricNames): void {
    for (const kind of ["rules", "secrets", "placeholders"] as const) {
      for (const name of names[kind]) this.#names[kind].add(name);
    }
    for (const secret of names.secrets) this.#counts.redactions.add([secret], 0);
    for (const placeholder of names.placeholders) this.#counts.canaryAlarms.add([placeholder], 0);
  }

  /** @param exchange `rule` and `agent` are absent where there is none. */
  countExchange(
    { rule = none, agent = none, decision, status, ms }:
      & MetricSubject
      & Pick<CountedExchange, "decision" | "ms">
      & Partial<Pick<CountedExchange, "status">>,
  ): void {
    const { exchanges } = this.#counts;
    // A name that has been counted has been checked.
    const counts = exchanges.find(rule) ?? exchanges.open(this.#known("rules", rule));
    counts.add({ agent, decision, status, ms });
  }

  countTunnel(decision: Decision): void {
    this.#counts.tunnels.add([decision]);
  }

  /** @param secret The variable that it is in. */
  countRedactions(secret: string, count: number): void {
    this.#counts.redactions.add([this.#known("secrets", secret)], count);
  }

  countCanaryAlarm(placeholder: string): void {
    this.#counts.canaryAlarms.add([this.#known("placeholders", placeholder)]);
  }

  countRateLimited({ rule = none, agent = none }: MetricSubject): void {
    this.#counts.rateLimited.add([this.#known("rules", rule), agent]);
  }

  countAgentRejection(reason: AgentRejection): void {
    this.#counts.agentRejections.add([reason]);
  }

  /** Everything in Prometheus's text format. */
  async text(): Promise<string> {
    this.#writer ??= import("./metrics_registry.ts").then(({ metricsWriter }) =>
      metricsWriter(this.#counts, this.#sources)
    );
    return await (await this.#writer)();
  }

  #known(kind: keyof MetricNames, name: string): string {
    return name === none || this.#names[kind].has(name) ? name : other;
  }
}
