import type { Registry } from "prom-client";
import type { Decision } from "./exchange_counts.ts";
import { MetricCounts, type MetricSources } from "./metric_counts.ts";

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
  #registry: Promise<Registry> | undefined;

  constructor(names: MetricNames, sources: MetricSources) {
    this.#sources = sources;
    this.#names = asSets(names);
  }

  /** Takes names of another configuration; those of earlier ones stay, as their counts do. */
  learn(names: MetricNames): void {
    for (const kind of ["rules", "secrets", "placeholders"] as const) {
      for (const name of names[kind]) this.#names[kind].add(name);
    }
  }

  /** @param status The status that the client was sent, if any was. */
  countExchange(
    { rule = none, agent = none, decision, status }: MetricSubject & {
      readonly decision: Decision;
      readonly status?: number | undefined;
    },
  ): void {
    // Names that have been counted have been checked.
    if (this.#counts.exchanges.has(rule, agent)) {
      this.#counts.exchanges.add({ rule, agent, decision, status });
    } else {
      const checked = { rule: this.#known("rules", rule), agent };
      this.#counts.exchanges.add({ ...checked, decision, status });
    }
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

  /** Everything in Prometheus's text format. */
  async text(): Promise<string> {
    this.#registry ??= import("./metrics_registry.ts").then(({ makeRegistry }) =>
      makeRegistry(this.#counts, this.#sources)
    );
    return await (await this.#registry).metrics();
  }

  #known(kind: keyof MetricNames, name: string): string {
    return name === none || this.#names[kind].has(name) ? name : other;
  }
}

function asSets(names: MetricNames): Readonly<Record<keyof MetricNames, Set<string>>> {
  return {
    rules: new Set(names.rules),
    secrets: new Set(names.secrets),
    placeholders: new Set(names.placeholders),
  };
}
