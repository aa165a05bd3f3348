/** The labels of each metric in Prometheus's text; of a histogram for each of its series. */
export function metricLabels(text: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name) ?? new Set(["job", "instance"]);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    metrics.set(name, known);
  }
  return metrics;
}

/** The names of metrics in an expression of PromQL, or in a query of Grafana's for a variable. */
export function usedNames(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '""')
    .replace(/\b(by|on|without|ignoring)\s*\([^)]*\)/g, "")
    .replace(/\{[^}]*\}/g, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/(label_values\([^,]*),[^)]*\)/g, "$1)");
  const words = bare.matchAll(/(?<![\w$.])([a-z_]+)\b(?!\s*\()/g);
  return [...words].map(([, word = ""]) => word).filter((word) => !keywords.has(word));
}

const keywords = new Set(["and", "or", "unless", "offset", "group_left", "m"]);
