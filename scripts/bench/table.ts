import type { Outcome } from "./goals.ts";
import { type Row, rows } from "./metrics.ts";
import type { Samples } from "./samples.ts";

/**
 * The medians as a Markdown table, which is also good to read as it is. What others have is followed
 * by ours as a multiple of it.
 *
 * @param columns Contenders, ours first.
 */
export function renderTable(
  samples: Samples,
  { columns, lines = rows }: {
    readonly columns: readonly string[];
    readonly lines?: readonly Row[];
  },
): string {
  const [ours = ""] = columns;
  const cells = lines
    .filter(({ metric }) => columns.some((name) => samples.median(metric, name) !== undefined))
    .map((row) => [
      row.label,
      ...columns.map((name) => {
        const value = samples.median(row.metric, name);
        if (value === undefined) return "";
        const own = samples.median(row.metric, ours);
        return name === ours || own === undefined
          ? formatNumber(value, row.digits)
          : `${formatNumber(value, row.digits)} (${formatRatio(own / value)})`;
      }),
    ]);
  return renderMarkdown([["", ...columns], ...cells]);
}

/** One line for each goal: whether it was met, or that it was not measured. */
export function renderGoals(outcomes: readonly Outcome[]): string {
  return outcomes.map(({ goal, value, met }) => {
    const verdict = met === undefined ? "not measured" : met ? "met" : "MISSED";
    return `- ${verdict}: ${goal}${value === undefined ? "" : ` (${formatRatio(value)})`}`;
  }).join("\n");
}

/** With so many digits after the point, and commas between thousands. */
export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** With two or three significant digits; what is below zero is no multiple of anything. */
export function formatRatio(value: number): string {
  if (!Number.isFinite(value) || value < 0) return "n/a";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);
}

function renderMarkdown(table: readonly (readonly string[])[]): string {
  const [head = []] = table;
  const widths = head.map((_, column) =>
    Math.max(3, ...table.map((cells) => (cells[column] ?? "").length))
  );
  // The first column is text, the others are numbers.
  const lines = table.map((cells) =>
    `| ${
      widths.map((width, column) => {
        const cell = cells[column] ?? "";
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      }).join(" | ")
    } |`
  );
  const rule = `| ${
    widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)
      .join(" | ")
  } |`;
  return [lines[0] ?? "", rule, ...lines.slice(1)].join("\n");
}
