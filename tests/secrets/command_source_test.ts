/**
 * The contract: whatever a command does, the proxy waits no longer than it was told to, leaves no
 * process behind, tells nothing of what was printed, and goes on with the last good value for as long
 * as it may.
 */

import assert from "node:assert/strict";
import { CommandSource } from "../../src/secrets/command_source.ts";
import { LiveSecrets } from "../../src/secrets/live_secrets.ts";
import { SecretInputs } from "../../src/secrets/secret_inputs.ts";
import type { CommandSpec, SecretSpec } from "../../src/secrets/secret_spec.ts";
import { TempDir } from "../support/temp_dir.ts";
import { waitUntil } from "../support/wait_until.ts";

const environment = { PATH: Deno.env.get("PATH") ?? "" };

function spec(script: string, rest: Partial<CommandSpec> = {}): CommandSpec {
  return {
    kind: "command",
    argv: ["sh", "-c", script],
    env: {},
    format: "text",
    key: "token",
    ttl: 60_000,
    timeout: 10_000,
    maxStale: 60_000,
    ...rest,
  };
}

function source(script: string, rest: Partial<CommandSpec> = {}, now = () => 1_000_000) {
  return new CommandSource(spec(script, rest), { name: "tested", environment, now });
}

const failures: [string, string, Partial<CommandSpec>, RegExp][] = [
  ["fails", "echo s3cr3t; exit 3", {}, /^the command sh exited with 3; run it by hand/],
  ["is ended by a signal", "kill -9 $$", {}, /^the command sh was ended by SIGKILL/],
  ["prints nothing", "true", {}, /^what it prints is empty/],
  ["prints a newline alone", "echo", {}, /^what it prints is empty/],
  ["prints two lines", "echo s3cr3t; echo s3cr3t", {}, /^what it prints has a line break inside/],
  ["prints two newlines", "printf 's3cr3t\\n\\n'", {}, /^what it prints has a line break inside/],
  ["prints an escape sequence", "printf 's3cr3t\\033[0m'", {}, /control character inside \(0x1b\)/],
  ["floods its output", "yes s3cr3t", {}, /^the command sh prints too much/],
  ["does not end", "sleep 1000", { timeout: 300 }, /^the command sh has not ended within 0.3 s/],
  [
    "ends, but what it has started does not",
    "sleep 1000 & echo s3cr3t",
    { timeout: 300 },
    /^the command sh has not ended within 0.3 s/,
  ],
  ["is not there", "", { argv: ["/no/such/program"] }, /^the command program cannot be run: there/],
  [
    "may not be run",
    "",
    { argv: ["/etc/passwd"] },
    /^the command passwd cannot be run: it may not/,
  ],
  ["prints no JSON", "echo s3cr3t", { format: "json" }, /^what it prints is no JSON$/],
  ["prints a list", "echo '[1]'", { format: "json" }, /^what it prints is no JSON object$/],
  [
    "prints JSON without it",
    "echo '{}'",
    { format: "json" },
    /^what it prints has no text at token$/,
  ],
  [
    "prints a number in its place",
    `echo '{"token":5}'`,
    { format: "json" },
    /^what it prints has no text at token$/,
  ],
  [
    "prints what has expired",
    `echo '{"token":"s3cr3t","expires_at":999}'`,
    { format: "json" },
    /^what it prints has expired already$/,
  ],
  [
    "prints what has expired this moment",
    `echo '{"token":"s3cr3t","expires_in":0}'`,
    { format: "json" },
    /^what it prints has expired already$/,
  ],
  [
    "prints a time that is none",
    `echo '{"token":"s3cr3t","expires_at":"soon"}'`,
    { format: "json" },
    /^what it prints has no time at expires_at$/,
  ],
];

for (const [what, script, rest, reason] of failures) {
  Deno.test(`CommandSource fails where the command ${what}, and quotes nothing`, async () => {
    await assert.rejects(source(script, rest).obtain(), (error: Error) => {
      assert.equal(error.name, "RenewalError");
      assert.match(error.message, reason);
      assert.ok(!error.message.includes("s3cr3t"));
      return true;
    });
  });
}

Deno.test("CommandSource ends what a command has started when it takes too long", async () => {
  await using dir = await TempDir.create();
  const file = dir.join("pids");
  const script = `sleep 1000 & echo $! $$ > ${file}; wait`;
  await assert.rejects(source(script, { timeout: 500 }).obtain(), /has not ended within/);
  const pids = (await Deno.readTextFile(file)).trim().split(" ");
  assert.equal(pids.length, 2);
  await waitUntil(async () => {
    const left = await Promise.all(pids.map((pid) => isRunning(pid)));
    return !left.includes(true);
  }, { what: "both are gone" });
});

/** A process that has ended may not have been collected yet. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}

Deno.test("CommandSource hands arguments on as they are, without a shell", async () => {
  const argv = ["printf", "%s", "$(id) `id` ; a  b * ${PATH}"];
  const { value } = await source("", { argv }).obtain();
  assert.equal(value.reveal(), "$(id) `id` ; a  b * ${PATH}");
});

Deno.test("CommandSource runs a command in the given environment and its own, and nothing else", async () => {
  const { value } = await source(
    "echo $(env | grep -vE '^(PWD|SHLVL|_)=' | sort | tr '\\n' ' ')e",
    {
      env: { ADDED: "x" },
    },
  ).obtain();
  assert.equal(value.reveal(), `ADDED=x PATH=${environment.PATH} e`);
});

const lives: [string, string, Partial<CommandSpec>, { renewAt: number; expiresAt: number }][] = [
  ["of text", "echo abc", { ttl: 5_000, maxStale: 2_000 }, {
    renewAt: 1_005_000,
    expiresAt: 1_007_000,
  }],
  ["that ends before the ttl", `echo '{"token":"a","expires_in":100}'`, {
    format: "json",
    ttl: 600_000,
  }, { renewAt: 1_080_000, expiresAt: 1_100_000 }],
  ["that ends after the ttl", `echo '{"token":"a","expires_in":10000}'`, {
    format: "json",
    ttl: 60_000,
    maxStale: 30_000,
  }, { renewAt: 1_060_000, expiresAt: 1_090_000 }],
  ["by the clock in seconds", `echo '{"token":"a","expires_at":1100}'`, { format: "json" }, {
    renewAt: 1_060_000,
    expiresAt: 1_100_000,
  }],
  ["by the clock as RFC 3339 has it", `echo '{"token":"a","expires_at":"1970-01-01T00:18:20Z"}'`, {
    format: "json",
  }, { renewAt: 1_060_000, expiresAt: 1_100_000 }],
];

for (const [what, script, rest, expected] of lives) {
  Deno.test(`CommandSource tells how long a value ${what} is good for`, async () => {
    const { renewAt, expiresAt } = await source(script, rest).obtain();
    assert.deepEqual({ renewAt, expiresAt }, expected);
  });
}

/** What commands have no use for. */
const unused = {
  inputs: new SecretInputs(),
  https: () => Promise.reject(new Error("unused")),
  state: { update: () => Promise.reject(new Error("unused")) },
};

/** A secret of this command, by a clock that is set by hand. */
function live(script: string, rest: Partial<CommandSpec>, clock: { now: number }) {
  const specs = new Map<string, SecretSpec>([["gh", spec(script, rest)]]);
  const world = { ...unused, environment, now: () => clock.now };
  const secret = LiveSecrets.open(specs, { world }).get("gh");
  assert.ok(secret !== undefined);
  const outcomes: { failure?: string }[] = [];
  secret.renewable.onOutcome = (outcome) => void outcomes.push(outcome);
  const { renewable } = secret;
  return { renewable, outcomes, value: () => renewable.value?.reveal() };
}

Deno.test("a command is run once for all who wait, and not again before it is time", async () => {
  await using dir = await TempDir.create();
  const runs = dir.join("runs");
  const clock = { now: 0 };
  const { renewable } = live(`echo run >> ${runs}; sleep 0.2; echo abc`, { ttl: 1000 }, clock);
  const count = async () => (await Deno.readTextFile(runs)).split("\n").length - 1;
  await Promise.all(Array.from({ length: 50 }, () => renewable.renew()));
  assert.equal(renewable.value?.reveal(), "abc");
  assert.equal(await count(), 1);
  clock.now = 999;
  assert.equal(renewable.renew(), undefined);
  assert.equal(await count(), 1);
});

Deno.test("the last good value is used while a command fails, loudly, and no longer than it may", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write("value", "first");
  const clock = { now: 0 };
  const { renewable, outcomes, value } = live(
    `cat ${file}`,
    { ttl: 1000, maxStale: 20_000 },
    clock,
  );
  await renewable.renew();
  assert.equal(value(), "first");
  await Deno.remove(file);
  // Due: it is used meanwhile, and nobody waits.
  clock.now = 1000;
  assert.equal(renewable.renew(), undefined);
  await waitUntil(() => outcomes.length === 2, { what: "the failure is told" });
  assert.match(outcomes[1]?.failure ?? "", /^the command sh exited with 1/);
  assert.equal(value(), "first");
  // Not again at once, but again.
  clock.now = 5_000;
  renewable.renew();
  clock.now = 6_001;
  renewable.renew();
  await waitUntil(() => outcomes.length === 3, { what: "the second failure is told" });
  clock.now = 20_999;
  assert.equal(value(), "first");
  clock.now = 21_000;
  assert.equal(value(), undefined);
  assert.match(
    renewable.reason,
    /^The secret gh expired on .*no other: the command sh exited with 1/,
  );
  await dir.write("value", "second");
  await renewable.renew();
  assert.equal(value(), "second");
  assert.equal(outcomes.at(-1)?.failure, undefined);
});

Deno.test("LiveSecrets.open() goes on with what an unchanged source has given, and with nothing else", async () => {
  const world = { ...unused, environment, now: () => 0 };
  const open = (specs: Record<string, SecretSpec>, known?: LiveSecrets) =>
    LiveSecrets.open(new Map(Object.entries(specs)), { world, known });
  const first = open({ a: spec("echo a"), b: spec("echo b"), c: { kind: "env", variable: "C" } });
  await first.get("a")?.renewable.renew();
  assert.equal(first.get("c"), undefined);
  const second = open({ a: spec("echo a"), b: spec("echo other") }, first);
  assert.equal(second.get("a")?.renewable, first.get("a")?.renewable);
  assert.notEqual(second.get("b")?.renewable, first.get("b")?.renewable);
  assert.equal(open({ d: spec("echo a") }, second).get("a"), undefined);
});
