import assert from "node:assert/strict";
import { formatLimit, limitHelp, limitTable } from "../../src/config/limit_table.ts";
import { readLimits } from "../../src/config/read_limits.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";

function read(...settings: string[]) {
  return readLimits(settings, { defaults: defaultLimits });
}

/** The one problem of a setting. */
function problemOf(...settings: string[]): string {
  const { problems } = read(...settings);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  assert.equal(problems[0]?.where, "--limit");
  return problems[0]?.message ?? "";
}

Deno.test("readLimits() gives the defaults for nothing", () => {
  assert.deepEqual(read(), { limits: defaultLimits, problems: [] });
});

Deno.test("readLimits() reads counts, sizes and times, and changes nothing else", () => {
  const { limits, problems } = read(
    "max-connections=100",
    "max-connections-per-client=10",
    "max-streams=20",
    "max-head-size=16KiB",
    "max-field-lines=50",
    "max-trailer-size=300",
    "max-trailer-lines=7",
    "sign-buffer=64KiB",
    "head-timeout=500ms",
    "handshake-timeout=30",
    "keep-alive-timeout=5m",
    "idle-timeout=2h",
    "stall-timeout=45s",
    "connect-timeout=3s",
    "pool-size=0",
    "pool-total=12",
    "pool-idle-timeout=1m",
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(limits, {
    maxConnections: 100,
    maxConnectionsPerClient: 10,
    maxStreams: 20,
    head: { maxBytes: 16 * 1024, maxFieldLines: 50 },
    trailers: { maxBytes: 300, maxFieldLines: 7 },
    signBuffer: 64 * 1024,
    headTimeout: 500,
    handshakeTimeout: 30_000,
    keepAliveTimeout: 300_000,
    idleTimeout: 7_200_000,
    stallTimeout: 45_000,
    connectTimeout: 3000,
    poolSize: 0,
    poolTotal: 12,
    poolIdleTimeout: 60_000,
  });
});

Deno.test("readLimits() takes each bound and nothing beyond it", () => {
  for (const { name, unit, min, max, read: valueOf } of limitTable) {
    for (const bound of [min, max]) {
      const { limits, problems } = read(`${name}=${formatLimit(bound, unit)}`);
      assert.deepEqual(problems, [], name);
      assert.equal(valueOf(limits), bound, name);
    }
    const beyond = unit === "time" ? `${max + 1}ms` : String(max + 1);
    const bounds = `it is from ${formatLimit(min, unit)} to ${formatLimit(max, unit)}`;
    assert.equal(problemOf(`${name}=${beyond}`), `Cannot set ${name} to "${beyond}": ${bounds}`);
    if (min === 0) continue;
    const below = unit === "time" ? `${min - 1}ms` : String(min - 1);
    assert.equal(problemOf(`${name}=${below}`), `Cannot set ${name} to "${below}": ${bounds}`);
  }
});

Deno.test("readLimits() refuses what it cannot read, and says how to write it", () => {
  const cases: [string, RegExp][] = [
    ["head-timeout", /^Cannot parse "head-timeout": write NAME=VALUE$/],
    ["", /write NAME=VALUE/],
    [
      "head-timeout=",
      /^Cannot set head-timeout to "": write a time, such as 500ms, 30s, 5m or 1h$/,
    ],
    ["head-timeout=-1s", /write a time/],
    ["head-timeout=1.5s", /write a time/],
    ["head-timeout=1 s", /write a time/],
    ["head-timeout=1S", /write a time/],
    ["head-timeout=1d", /write a time/],
    ["head-timeout=0x10", /write a time/],
    ["head-timeout=64KiB", /write a time/],
    ["max-head-size=64KB", /write octets or KiB or MiB/],
    ["max-head-size=64kib", /write octets or KiB or MiB/],
    ["max-head-size=10s", /write octets or KiB or MiB/],
    ["pool-size=1e3", /write a whole number/],
    ["pool-size=10s", /write a whole number/],
    ["pool-size=９", /write a whole number/],
    ["pool-size=9999999999999999999", /write a whole number/],
  ];
  for (const [setting, says] of cases) assert.match(problemOf(setting), says);
});

Deno.test("readLimits() names all limits where there is no such one", () => {
  for (const name of ["head_timeout", "HEAD-TIMEOUT", "headTimeout", " head-timeout", "toString"]) {
    const message = problemOf(`${name}=1s`);
    for (const row of limitTable) assert.ok(message.includes(row.name), message);
  }
});

Deno.test("readLimits() refuses a limit that is set twice, even to the same value", () => {
  assert.equal(problemOf("pool-size=1", "pool-size=1"), "Cannot set pool-size twice");
});

Deno.test("readLimits() reports every problem", () => {
  assert.equal(read("a=1", "pool-size=x", "pool-size=3", "head-timeout=9h").problems.length, 3);
});

Deno.test("limitTable reaches every limit there is, each by one name", () => {
  const changed = limitTable.reduce((limits, { read, write }) => write(limits, read(limits) + 1), {
    ...defaultLimits,
  });
  const numbers = (limits: object): number[] =>
    Object.values(limits).flatMap((value) => typeof value === "object" ? numbers(value) : [value]);
  assert.deepEqual(numbers(changed), numbers(defaultLimits).map((value) => value + 1));
});

Deno.test("limitTable allows every default", () => {
  for (const { name, min, max, read } of limitTable) {
    const value = read(defaultLimits);
    assert.ok(value >= min && value <= max, name);
  }
});

Deno.test("limitHelp() has a line for each limit, with its default and bounds", () => {
  const help = limitHelp(defaultLimits);
  for (const { name, meaning } of limitTable) {
    assert.match(help, new RegExp(`  ${name} +${meaning}`));
  }
  assert.match(help, /^ *head-timeout +.*\(default: 30s, 250ms to 1h\)$/m);
  assert.match(help, /^ *max-head-size +.*\(default: 64KiB, 1KiB to 1MiB\)$/m);
});

Deno.test("docs/options.md has every limit with its default", async () => {
  const readme = await Deno.readTextFile(new URL("../../docs/options.md", import.meta.url));
  for (const { name, unit, read } of limitTable) {
    const row = new RegExp(
      `^\\| \`${name}\` +\\| ${formatLimit(read(defaultLimits), unit)} +\\|`,
      "m",
    );
    assert.match(readme, row);
  }
});
