import type { Limits } from "../proxy/limits.ts";
import type { Problem } from "../secrets/problem.ts";
import { formatLimit, type LimitRow, limitTable, sizeUnits, timeUnits } from "./limit_table.ts";

/**
 * Reads `NAME=VALUE` settings of limits.
 *
 * @param settings As they were given, in order.
 * @param options `defaults` are the limits of which nothing is said; `where` is where they were given.
 * @returns The limits, and what cannot be accepted.
 */
export function readLimits(
  settings: readonly string[],
  { defaults, where = "--limit" }: { defaults: Limits; where?: string },
): { limits: Limits; problems: Problem[] } {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let limits = defaults;
  for (const setting of settings) {
    try {
      const { row, value } = parseLimit(setting);
      if (seen.has(row.name)) throw new Error(`Cannot set ${row.name} twice`);
      seen.add(row.name);
      limits = row.write(limits, value);
    } catch (error) {
      problems.push({ where, message: (error as Error).message });
    }
  }
  return { limits, problems };
}

function parseLimit(setting: string): { row: LimitRow; value: number } {
  const equals = setting.indexOf("=");
  if (equals < 0) throw new Error(`Cannot parse "${setting}": write NAME=VALUE`);
  const name = setting.slice(0, equals);
  const row = limitTable.find((candidate) => candidate.name === name);
  if (row === undefined) {
    const names = limitTable.map((candidate) => candidate.name).join(", ");
    throw new Error(`Cannot set "${name}": no such limit; there are ${names}`);
  }
  return { row, value: parseLimitValue(setting.slice(equals + 1), row) };
}

/**
 * Reads one limit's value.
 *
 * @returns A count, octets or milliseconds.
 * @throws {Error} if it is malformed or out of bounds.
 */
export function parseLimitValue(text: string, { name, unit, min, max }: LimitRow): number {
  const value = parsers[unit](text);
  if (value === undefined) {
    throw new Error(`Cannot set ${name} to "${text}": write ${examples[unit]}`);
  }
  if (value < min || value > max) {
    throw new Error(
      `Cannot set ${name} to "${text}": it is from ${formatLimit(min, unit)} to ` +
        formatLimit(max, unit),
    );
  }
  return value;
}

const examples = {
  count: "a whole number, such as 100",
  size: "octets or KiB or MiB, such as 65536 or 64KiB",
  time: "a time, such as 500ms, 30s, 5m or 1h",
} as const;

const parsers = {
  count: (text: string) => /^\d{1,12}$/.test(text) ? Number(text) : undefined,
  size: (text: string) => parseWithUnit(text, sizeUnits),
  // A bare number is seconds, as for --drain-timeout.
  time: (text: string) => parseWithUnit(/^\d+$/.test(text) ? `${text}s` : text, timeUnits),
} as const;

function parseWithUnit(
  text: string,
  units: readonly (readonly [string, number])[],
): number | undefined {
  const [, digits, unit] = /^(\d{1,12})([A-Za-z]*)$/.exec(text) ?? [];
  const factor = units.find(([name]) => name === unit)?.[1];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
