import { bodySizes } from "./upstream.ts";

/** The names of what is measured, as bench.json has them. */
export const metric = {
  p50: "latency_p50_us",
  p99: "latency_p99_us",
  addedP50: "added_latency_p50_us",
  addedP99: "added_latency_p99_us",
  connections: "new_connections_per_second",
  connectionCpu: "cpu_us_per_new_connection",
  downloadRate: "download_mb_per_second",
  downloadCpu: "download_cpu_seconds_per_gib",
  uploadRate: "upload_mb_per_second",
  uploadCpu: "upload_cpu_seconds_per_gib",
  tunnelRate: "tunnel_mb_per_second",
  tunnelCpu: "tunnel_cpu_seconds_per_gib",
  idleMemory: "rss_idle_mib",
  connectionMemory: "rss_kib_per_idle_connection",
  loadedMemory: "rss_after_load_mib",
  memory50k: "rss_after_50000_requests_mib",
  memory500k: "rss_after_500000_requests_mib",
  memoryGrowth: "rss_500000_to_50000",
  fewRules: "cpu_us_per_request_10_rules",
  manyRules: "cpu_us_per_request_10000_rules",
  rulesCost: "cpu_10000_to_10_rules",
  bareCpu: "cpu_us_per_request_unguarded",
  redactionCost: "cpu_redaction_to_none",
  auditCost: "cpu_audit_to_none",
  redactionDownload: "download_redaction_to_none",
  http2Requests: "http2_requests_per_second",
  http2Cpu: "http2_cpu_us_per_request",
  http2Cost: "cpu_http2_to_http1",
  gzipRate: "gzip_download_mb_per_second",
  gzipCpu: "gzip_cpu_seconds_per_gib",
  brotliRate: "brotli_download_mb_per_second",
  brotliCpu: "brotli_cpu_seconds_per_gib",
  startUp: "start_up_ms",
  startUpOfDeno: "start_up_of_deno_ms",
} as const;

export function cpuMetric(connections: number): string {
  return `cpu_us_per_request_${connections}`;
}

export function requestsMetric(connections: number): string {
  return `requests_per_second_${connections}`;
}

/** The names for bodies of so many octets. */
export function sizeMetrics(octets: number): {
  readonly requests: string;
  readonly rate: string;
  readonly cpu: string;
} {
  const kib = octets / 1024;
  return {
    requests: `body_${kib}k_requests_per_second`,
    rate: `body_${kib}k_mb_per_second`,
    cpu: `body_${kib}k_cpu_us_per_request`,
  };
}

/** One line of the table. */
export interface Row {
  readonly metric: string;
  readonly label: string;
  /** Digits after the point. */
  readonly digits: number;
}

/** All lines, in order. */
export const rows: readonly Row[] = [
  row(cpuMetric(32), "CPU per request, µs (32 connections)", 1),
  row(requestsMetric(32), "requests/s (32 connections)", 0),
  row(cpuMetric(256), "CPU per request, µs (256 connections)", 1),
  row(requestsMetric(256), "requests/s (256 connections)", 0),
  row(metric.p50, "p50 latency, µs (200 requests/s)", 0),
  row(metric.p99, "p99 latency, µs (200 requests/s)", 0),
  row(metric.addedP50, "p50 added to direct, µs", 0),
  row(metric.addedP99, "p99 added to direct, µs", 0),
  row(metric.connections, "new connections/s", 0),
  row(metric.connectionCpu, "CPU per new connection, µs", 0),
  row(metric.downloadRate, "1 GiB download, MB/s", 0),
  row(metric.downloadCpu, "CPU per GiB down, s", 2),
  row(metric.uploadRate, "1 GiB upload in 64 bodies, MB/s", 0),
  row(metric.uploadCpu, "CPU per GiB up, s", 2),
  row(metric.tunnelRate, "blind tunnel, MB/s", 0),
  row(metric.tunnelCpu, "CPU per GiB tunnelled, s", 2),
  row(metric.startUp, "start-up of dist/auth-proxy, ms", 0),
  row(metric.startUpOfDeno, "start-up of Deno with an empty program, ms", 0),
  row(metric.idleMemory, "RSS after start, MiB", 1),
  row(metric.connectionMemory, "RSS per idle connection, KiB", 1),
  row(metric.loadedMemory, "RSS after 50,000 requests, MiB", 1),
  row(metric.fewRules, "CPU per request with 10 rules, µs", 1),
  row(metric.manyRules, "CPU per request with 10,000 rules, µs", 1),
  row(metric.rulesCost, "10,000 rules to 10, CPU", 3),
  row(metric.bareCpu, "CPU per request without redaction and audit, µs", 1),
  row(metric.redactionCost, "redaction to none, CPU per request", 3),
  row(metric.auditCost, "audit to a file to none, CPU per request", 3),
  row(metric.redactionDownload, "redaction to none, 1 GiB download", 3),
  row(metric.http2Cpu, "CPU per request over HTTP/2, µs (4 connections × 8)", 1),
  row(metric.http2Requests, "requests/s over HTTP/2 (4 connections × 8)", 0),
  row(metric.http2Cost, "HTTP/2 to HTTP/1.1, CPU per request", 3),
  row(metric.gzipRate, "64 MiB of text in gzip, decoded and searched, MB/s", 0),
  row(metric.gzipCpu, "CPU per GiB of it, s", 2),
  row(metric.brotliRate, "64 MiB of text in br, decoded and searched, MB/s", 0),
  row(metric.brotliCpu, "CPU per GiB of it, s", 2),
  row(metric.memory50k, "RSS after 50,000 requests, MiB (memory run)", 1),
  row(metric.memory500k, "RSS after 500,000 requests, MiB", 1),
  row(metric.memoryGrowth, "RSS 500,000 to 50,000 requests", 3),
  ...[...bodySizes.values()].flatMap((octets) => {
    const names = sizeMetrics(octets);
    const size = `${octets / 1024} KB bodies`;
    return [
      row(names.requests, `${size}, requests/s`, 0),
      row(names.rate, `${size}, MB/s`, 0),
      row(names.cpu, `${size}, CPU per request, µs`, 1),
    ];
  }),
];

/** The label of a metric. */
export function labelOf(name: string): string {
  return rows.find(({ metric }) => metric === name)?.label ?? name;
}

function row(metric: string, label: string, digits: number): Row {
  return { metric, label, digits };
}
