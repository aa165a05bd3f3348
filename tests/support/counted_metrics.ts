import { Metrics } from "../../src/observe/metrics.ts";
import { metricSources } from "./metric_sources.ts";

/** Metrics each of which has a sample. */
export function countedMetrics(): Metrics {
  const names = { rules: ["github"], secrets: ["T"], placeholders: ["T"] };
  const metrics = new Metrics(names, metricSources);
  const subject = { rule: "github", agent: "ci" };
  const ms = { total: 9, connect: 3, firstByte: 2 };
  metrics.countExchange({ ...subject, decision: "allow", status: 200, ms });
  metrics.countTunnel("allow");
  metrics.countRateLimited(subject);
  return metrics;
}
