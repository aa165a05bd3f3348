import { renderGoals, renderTable } from "./table.ts";
import type { Outcome } from "./goals.ts";
import type { Samples } from "./samples.ts";

/** Where and when it was measured. */
export interface Circumstances {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string };
  /** Of each contender and tool. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
}

export interface Report extends Circumstances {
  readonly samples: Samples;
  readonly notes: readonly string[];
  /** Ours first. */
  readonly columns: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** The machine that this runs on. */
export async function describeMachine(): Promise<Circumstances["machine"]> {
  return {
    cpu: parseCpuModel(await Deno.readTextFile("/proc/cpuinfo")),
    cores: navigator.hardwareConcurrency,
    kernel: `Linux ${Deno.osRelease()}`,
  };
}

/** The first model name in /proc/cpuinfo; some architectures tell none. */
export function parseCpuModel(cpuinfo: string): string {
  const [, model] = /^model name\s*:\s*(.+)$/m.exec(cpuinfo) ?? [];
  return model?.trim() ?? "unknown CPU";
}

/** For people: circumstances, table and goals, in Markdown. */
export function renderReport(report: Report): string {
  const { date, machine, versions, rounds, samples, notes, columns, outcomes } = report;
  const [ours = ""] = columns;
  return `Medians of ${rounds === 1 ? "1 round" : `${rounds} interleaved rounds`}, ${
    date.slice(0, 10)
  }, ${machine.cpu}, ` +
    `${machine.cores} cores, ${machine.kernel}; load, proxies and upstream share the machine. ` +
    `In parentheses: ${ours} as a multiple of it.\n\n` +
    `${renderTable(samples, { columns })}\n\n` +
    `${renderGoals(outcomes.filter(({ met }) => met !== undefined))}\n\n` +
    `${notes.map((note) => `Note: ${note}.\n\n`).join("")}` +
    `Versions: ${Object.values(versions).join("; ")}.\n`;
}

/** For programs. */
export function reportJson(report: Report): string {
  const { samples, columns, ...rest } = report;
  const all = samples.toJSON();
  const medians = Object.fromEntries(
    Object.entries(all).map(([metric, values]) => [
      metric,
      Object.fromEntries(
        Object.keys(values).map((name) => [name, samples.median(metric, name)]),
      ),
    ]),
  );
  return JSON.stringify({ ...rest, contenders: columns, medians, samples: all }, null, 2) + "\n";
}

const opening = "<!-- bench -->";
const closing = "<!-- /bench -->";

/**
 * Puts `text` between the marks of a Markdown file.
 *
 * @throws {Error} unless it has both marks once, in this order.
 */
export function replaceBlock(file: string, text: string): string {
  const [before, inside, ...more] = file.split(opening);
  const [old, after, ...further] = (inside ?? "").split(closing);
  if (
    before === undefined || old === undefined || after === undefined || more.length > 0 ||
    further.length > 0
  ) {
    throw new Error(`Cannot write the table: there must be one ${opening} and one ${closing}`);
  }
  return `${before}${opening}\n\n${text.trim()}\n\n${closing}${after}`;
}
