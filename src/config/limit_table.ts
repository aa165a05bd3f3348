import type { Limits } from "../proxy/limits.ts";

/** What a limit's value counts. Times are in milliseconds, sizes in octets. */
export type LimitUnit = "count" | "size" | "time";

/** One limit that the operator can set. */
export interface LimitRow {
  readonly name: string;
  readonly unit: LimitUnit;
  /** The least and the greatest value, both allowed. */
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
  readonly read: (limits: Limits) => number;
  readonly write: (limits: Limits, value: number) => Limits;
}

const KIB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** What deadlines are precise to. */
const SHORTEST = 250;

type NumberKey = {
  [Key in keyof Limits]: Limits[Key] extends number ? Key : never;
}[keyof Limits];

type RowText = Pick<LimitRow, "name" | "unit" | "min" | "max" | "meaning">;

function field(key: NumberKey, row: RowText): LimitRow {
  return {
    ...row,
    read: (limits) => limits[key],
    write: (limits, value) => ({ ...limits, [key]: value }),
  };
}

function section(
  [key, part]: readonly ["head" | "trailers", "maxBytes" | "maxFieldLines"],
  row: RowText,
): LimitRow {
  return {
    ...row,
    read: (limits) => limits[key][part],
    write: (limits, value) => ({ ...limits, [key]: { ...limits[key], [part]: value } }),
  };
}

/** Every limit: the flag, its help, its errors and docs/options.md follow this table. */
export const limitTable: readonly LimitRow[] = [
  field("maxConnections", {
    name: "max-connections",
    unit: "count",
    min: 1,
    max: 1_000_000,
    meaning: "client connections at a time",
  }),
  field("maxConnectionsPerClient", {
    name: "max-connections-per-client",
    unit: "count",
    min: 1,
    max: 1_000_000,
    meaning: "of these from one IPv4 address, IPv6 /64 or this machine",
  }),
  field("maxStreams", {
    name: "max-streams",
    unit: "count",
    min: 1,
    max: 10_000,
    meaning: "requests at a time on one HTTP/2 connection",
  }),
  section(["head", "maxBytes"], {
    name: "max-head-size",
    unit: "size",
    min: KIB,
    max: 1024 * KIB,
    meaning: "a request's or response's head",
  }),
  section(["head", "maxFieldLines"], {
    name: "max-field-lines",
    unit: "count",
    min: 1,
    max: 10_000,
    meaning: "field lines in a head",
  }),
  section(["trailers", "maxBytes"], {
    name: "max-trailer-size",
    unit: "size",
    min: 256,
    max: 1024 * KIB,
    meaning: "a message's trailer section",
  }),
  section(["trailers", "maxFieldLines"], {
    name: "max-trailer-lines",
    unit: "count",
    min: 1,
    max: 10_000,
    meaning: "field lines in a trailer section",
  }),
  field("signBuffer", {
    name: "sign-buffer",
    unit: "size",
    min: KIB,
    max: 64 * 1024 * KIB,
    meaning: "a request's content that is held to be signed for AWS",
  }),
  field("headTimeout", {
    name: "head-timeout",
    unit: "time",
    min: SHORTEST,
    max: HOUR,
    meaning: "to send a request's head, or the first octet of a new connection",
  }),
  field("handshakeTimeout", {
    name: "handshake-timeout",
    unit: "time",
    min: SHORTEST,
    max: HOUR,
    meaning: "from CONNECT to the end of the client's TLS handshake",
  }),
  field("keepAliveTimeout", {
    name: "keep-alive-timeout",
    unit: "time",
    min: SHORTEST,
    max: 24 * HOUR,
    meaning: "between two requests",
  }),
  field("idleTimeout", {
    name: "idle-timeout",
    unit: "time",
    min: SHORTEST,
    max: 168 * HOUR,
    meaning: "an exchange or a tunnel in which nothing moves",
  }),
  field("stallTimeout", {
    name: "stall-timeout",
    unit: "time",
    min: SHORTEST,
    max: 168 * HOUR,
    meaning: "what was sent to a client or an upstream that takes nothing of it",
  }),
  field("connectTimeout", {
    name: "connect-timeout",
    unit: "time",
    min: SHORTEST,
    max: HOUR,
    meaning: "to connect to an upstream, its TLS handshake included",
  }),
  field("poolSize", {
    name: "pool-size",
    unit: "count",
    min: 0,
    max: 100_000,
    meaning: "idle connections kept for one upstream",
  }),
  field("poolTotal", {
    name: "pool-total",
    unit: "count",
    min: 0,
    max: 100_000,
    meaning: "idle connections kept for all upstreams",
  }),
  field("poolIdleTimeout", {
    name: "pool-idle-timeout",
    unit: "time",
    min: SHORTEST,
    max: 24 * HOUR,
    meaning: "how long these are kept",
  }),
];

/** The limits by name, one line each: meaning, default and bounds. */
export function limitHelp(defaults: Limits): string {
  const width = Math.max(...limitTable.map(({ name }) => name.length));
  const lines = limitTable.map(({ name, unit, min, max, meaning, read }) => {
    const bounds = `${formatLimit(min, unit)} to ${formatLimit(max, unit)}`;
    const value = formatLimit(read(defaults), unit);
    return `  ${name.padEnd(width)}  ${meaning} (default: ${value}, ${bounds})`;
  });
  return `Limits (times as 500ms, 30s or 30, 5m, 1h; sizes as 65536 or 64KiB):\n${
    lines.join("\n")
  }\n`;
}

/** Writes a value the way that it would be given. */
export function formatLimit(value: number, unit: LimitUnit): string {
  if (unit === "count") return String(value);
  const steps = unit === "size" ? sizeUnits : timeUnits;
  let text = "";
  for (const [name, factor] of steps) {
    if (text === "" && value % factor === 0) text = `${value / factor}${name}`;
  }
  return text;
}

/** The units of a size, the greatest first. */
export const sizeUnits: readonly (readonly [string, number])[] = [
  ["MiB", KIB * KIB],
  ["KiB", KIB],
  ["", 1],
];

/** The units of a time, the greatest first. */
export const timeUnits: readonly (readonly [string, number])[] = [
  ["h", HOUR],
  ["m", MINUTE],
  ["s", SECOND],
  ["ms", 1],
];
