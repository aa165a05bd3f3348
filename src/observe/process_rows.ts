import process from "node:process";
import type { Row } from "./metric_row.ts";
import type { MetricSources } from "./metric_sources.ts";

/** What of the process only grows. */
export function processCounters(): Row[] {
  return [{
    name: "process_cpu_seconds_total",
    help: "User and system CPU time of the process, in seconds.",
    read: () => {
      const { user, system } = process.cpuUsage();
      return [[[], (user + system) / 1e6]];
    },
  }];
}

/** What the process is made of, and takes. */
export function processGauges({ version, startedAt }: MetricSources): Row[] {
  return [{
    name: "auth_proxy_build_info",
    help: "1; the labels say what runs.",
    labels: ["version", "deno"],
    read: () => [[[version, Deno.version.deno], 1]],
  }, {
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process, in octets.",
    read: () => [[[], Deno.memoryUsage().rss]],
  }, {
    name: "process_heap_bytes",
    help: "JavaScript heap of the process, in octets.",
    read: () => [[[], Deno.memoryUsage().heapUsed]],
  }, {
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since the epoch.",
    read: () => [[[], startedAt / 1000]],
  }];
}
