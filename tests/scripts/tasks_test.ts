/**
 * The tasks of deno.json as a person or a machine calls them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TempDir } from "../support/temp_dir.ts";

const root = new URL("../../", import.meta.url).pathname;

async function runTask(
  args: readonly string[],
): Promise<{ code: number; lines: string[]; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(`${root}scripts/deno`, {
    args: ["task", "--quiet", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stdout).trimEnd().split("\n");
  return { code, lines, stderr: decoder.decode(stderr) };
}

Deno.test("task test passes a file on, counts, and ends with the one line", async () => {
  await using folder = await TempDir.create();
  const file = await folder.write(
    "x_test.ts",
    `Deno.test("one", () => {});
Deno.test({ name: "two", ignore: true, fn() {} });
Deno.test("three", async (t) => { await t.step("four", () => {}); });
`,
  );
  const good = await runTask(["test", file]);
  assert.deepEqual([good.code, good.lines.at(-1)], [0, "3 passed, 0 failed, 1 skipped"]);
  const filtered = await runTask(["test", "--filter", "one", file]);
  assert.deepEqual([filtered.code, filtered.lines.at(-1)], [0, "1 passed, 0 failed, 2 skipped"]);
  await Deno.writeTextFile(file, `\nDeno.test("bad", () => { throw new Error("x"); });\n`, {
    append: true,
  });
  const bad = await runTask(["test", file]);
  assert.deepEqual([bad.code, bad.lines.at(-1)], [1, "3 passed, 1 failed, 1 skipped"]);
  await Deno.writeTextFile(file, "syntax error");
  const broken = await runTask(["test", file]);
  assert.deepEqual([broken.code, broken.lines.at(-1)], [1, "0 passed, 1 failed, 0 skipped"]);
});

Deno.test("task compile refuses a target that does not exist", async () => {
  const { code, lines, stderr } = await runTask(["compile", "--target", "z80"]);
  assert.deepEqual({ code, lines }, { code: 2, lines: [""] });
  assert.match(stderr, /^Cannot build for z80: the targets are x86_64-unknown-linux-gnu, /);
});
