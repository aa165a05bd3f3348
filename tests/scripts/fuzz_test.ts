import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseFuzzOptions } from "../../scripts/fuzz/options.ts";

Deno.test("parseFuzzOptions() takes seconds, seed and one property, and has a default for each", () => {
  assert.deepEqual(parseFuzzOptions(["--seconds", "2.5", "--seed", "7", "--only", "x"]), {
    seconds: 2.5,
    seed: 7,
    only: "x",
  });
  const { seconds, seed, only } = parseFuzzOptions([]);
  assert.equal(seconds, 60);
  assert.ok(Number.isInteger(seed) && seed >= 0, `${seed}`);
  assert.equal(only, undefined);
});

Deno.test("parseFuzzOptions() refuses what it cannot use", () => {
  for (
    const args of [
      ["--seconds", "0"],
      ["--seconds", "-1"],
      ["--seconds", "x"],
      ["--seed", "1.5"],
      ["--seed=-1"],
      ["--seed", "2147483648"],
      ["--seed", "x"],
      ["--frobnicate"],
      ["stray"],
    ]
  ) {
    assert.throws(() => parseFuzzOptions(args), Error, args.join(" "));
  }
});

async function fuzz(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const script = fileURLToPath(new URL("../../scripts/fuzz.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--quiet", "--no-check", "--allow-all", script, ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("scripts/fuzz.ts prints the seed and how often each property was tried", async () => {
  const { code, text } = await fuzz(
    ...["--seconds", "0.2", "--seed", "42", "--only", "cidr-is-idempotent"],
  );
  assert.equal(code, 0, text);
  assert.match(text, /^seed 42, 0\.2 s, 1 properties$/m);
  const [, count] = /^ *(\d+) {2}cidr-is-idempotent$/m.exec(text) ?? [];
  assert.ok(Number(count) > 0, text);
});

Deno.test("scripts/fuzz.ts exits 2 for arguments that it cannot use", async () => {
  const unknown = await fuzz("--seconds", "1", "--only", "nothing");
  assert.equal(unknown.code, 2);
  assert.match(unknown.text, /cidr-is-idempotent/);
  assert.equal((await fuzz("--seconds", "soon")).code, 2);
});
