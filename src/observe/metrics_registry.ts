/**
 * The door to prom-client. Loading it takes 100 ms and more, so it is reached by `await import()` when
 * metrics are asked for.
 *
 * @module
 */
import process from "node:process";
import { Counter, Gauge, Registry } from "prom-client";
import type { MetricCounts, MetricSources } from "./metric_counts.ts";

interface Row {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** The values of the labels, and the number that belongs to them. */
  readonly read: () => Iterable<readonly [readonly string[], number]>;
}

/** Makes a registry that takes its numbers from these whenever it is read. */
export function makeRegistry(counts: MetricCounts, sources: MetricSources): Registry {
  const registry = new Registry();
  for (const row of counters(counts, sources)) {
    new Counter({
      ...description(row),
      registers: [registry],
      collect() {
        this.reset();
        for (const [values, count] of row.read()) this.inc(labelled(row, values), count);
      },
    });
  }
  for (const row of gauges(sources)) {
    new Gauge({
      ...description(row),
      registers: [registry],
      collect() {
        for (const [values, value] of row.read()) this.set(labelled(row, values), value);
      },
    });
  }
  return registry;
}

function counters(counts: MetricCounts, sources: MetricSources): Row[] {
  return [{
    name: "auth_proxy_exchanges_total",
    help: "Requests, by rule, agent, decision and class of the status that the client was sent.",
    labels: ["rule", "agent", "decision", "status_class"],
    read: () => counts.exchanges.entries(),
  }, {
    name: "auth_proxy_tunnels_total",
    help: "CONNECT requests, by decision.",
    labels: ["decision"],
    read: () => counts.tunnels.entries(),
  }, {
    name: "auth_proxy_redactions_total",
    help: "Credentials that were taken out of responses, by their variable.",
    labels: ["secret"],
    read: () => counts.redactions.entries(),
  }, {
    name: "auth_proxy_canary_alarms_total",
    help: "Placeholders that were sent to a host that is not their own.",
    labels: ["placeholder"],
    read: () => counts.canaryAlarms.entries(),
  }, {
    name: "auth_proxy_rate_limited_total",
    help: "Requests that were refused by a rate limit.",
    labels: ["rule", "agent"],
    read: () => counts.rateLimited.entries(),
  }, {
    name: "auth_proxy_audit_lines_lost_total",
    help: "Lines of the audit log that could not be written.",
    read: () => single(sources.auditLinesLost()),
  }, {
    name: "auth_proxy_config_reloads_total",
    help: "Attempts to read the configuration anew, by what came of them.",
    labels: ["result"],
    read: () => {
      const { reloads, rejections } = sources.configuration();
      return [[["reloaded"], reloads], [["rejected"], rejections]];
    },
  }, {
    name: "process_cpu_seconds_total",
    help: "User and system CPU time of the process, in seconds.",
    read: () => {
      const { user, system } = process.cpuUsage();
      return single((user + system) / 1e6);
    },
  }];
}

function gauges(sources: MetricSources): Row[] {
  return [{
    name: "auth_proxy_open_connections",
    help: "Connections of clients that are open.",
    read: () => single(sources.openConnections()),
  }, {
    name: "auth_proxy_config_last_reload_successful",
    help: "1 unless the last attempt to read the configuration came to nothing.",
    read: () => single(sources.configuration().isRejected ? 0 : 1),
  }, {
    name: "auth_proxy_config_loaded_timestamp_seconds",
    help: "When the configuration in force was read, in seconds since the epoch.",
    read: () => single(sources.configuration().loadedAt / 1000),
  }, {
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process, in octets.",
    read: () => single(Deno.memoryUsage().rss),
  }, {
    name: "process_heap_bytes",
    help: "JavaScript heap of the process, in octets.",
    read: () => single(Deno.memoryUsage().heapUsed),
  }, {
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since the epoch.",
    read: () => single(sources.startedAt / 1000),
  }];
}

function single(value: number): [[readonly string[], number]] {
  return [[[], value]];
}

function description({ name, help, labels }: Row) {
  return { name, help, labelNames: labels ?? [] };
}

function labelled({ labels = [] }: Row, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]));
}
