const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const periods: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** So many of something in each period. */
export interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/**
 * Parses a size as `100MB`, `64KiB` or `512B`.
 *
 * @returns Octets, at least 1.
 * @throws {Error} If it is anything else.
 */
export function parseSize(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,9})([KMG]i?B|B)$/.exec(text) ?? [];
  const size = Number(digits) * (units[unit] ?? NaN);
  if (size >= 1) return size;
  throw new Error(`Cannot parse ${JSON.stringify(text)}: write a size, such as 100MB or 64KiB`);
}

/**
 * Parses a time as `500ms`, `30s`, `10m` or `1h`.
 *
 * @returns Milliseconds, at least 1 and at most a year.
 * @throws {Error} If it is anything else.
 */
export function parseDuration(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const time = Number(digits) * ({ ms: 1, ...periods }[unit] ?? NaN);
  if (time >= 1 && time <= 366 * 24 * 3_600_000) return time;
  throw new Error(`Cannot parse ${JSON.stringify(text)}: write a time, such as 500ms, 30s or 10m`);
}

/**
 * Parses a rate of requests as `100/m`: so many a second (`s`), a minute or an hour (`h`).
 *
 * @throws {Error} If it is anything else.
 */
export function parseRate(text: string): Rate {
  const [, digits, period = ""] = /^(\d{1,9})\/([smh])$/.exec(text) ?? [];
  const [count, perMs] = [Number(digits), periods[period]];
  if (count >= 1 && perMs !== undefined) return { count, perMs };
  throw new Error(
    `Cannot parse ${JSON.stringify(text)}: write a rate, such as 100/m (a second is s, an hour h)`,
  );
}

/**
 * Parses a rate of octets as `10MB/m`.
 *
 * @throws {Error} If it is anything else.
 */
export function parseSizeRate(text: string): Rate {
  const [, size, period = ""] = /^(.*)\/([smh])$/.exec(text) ?? [];
  const perMs = periods[period];
  if (size !== undefined && perMs !== undefined) return { count: parseSize(size), perMs };
  throw new Error(
    `Cannot parse ${JSON.stringify(text)}: write a size in a time, such as 10MB/m`,
  );
}
