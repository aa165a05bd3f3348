import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { AuditSettings } from "../../src/observe/audit_settings.ts";
import type { AuditSink } from "../../src/observe/audit_sink.ts";
import { openAuditSink } from "../../src/observe/open_audit_sink.ts";
import { StartError } from "../../src/secrets/start_error.ts";
import { RecordingLog } from "../support/recording_log.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

const settings: AuditSettings = { maxBytes: 1e6, keep: 3, required: false };
const writer = fileURLToPath(new URL("./audit_writer.ts", import.meta.url));

function open(changes: Partial<AuditSettings>): Promise<AuditSink> {
  const options = { log: new RecordingLog(), clock: () => 0, onLoss: () => {} };
  return openAuditSink({ ...settings, ...changes }, options);
}

interface Outcome {
  readonly success: boolean;
  readonly report: { readonly failing: boolean; readonly lost: number };
  readonly stderr: string;
}

/** Runs the writer; `redirect` is of a shell. */
async function runWriter(
  args: readonly (string | number)[],
  options: { redirect?: string } = {},
): Promise<Outcome> {
  const program = `exec "$@" ${options.redirect ?? ""}`;
  const command = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", writer];
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", program, "sh", ...command, ...args.map(String)],
  }).output();
  const [out, err] = [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
  return { success, report: JSON.parse(out), stderr: err };
}

Deno.test("openAuditSink() writes to the file that it is given, and loses no line of a clean stop", async () => {
  await using dir = await TempDir.create();
  const sink = await open({ file: dir.join("logs", "audit.jsonl") });
  const lines = Array.from({ length: 20_000 }, (_, number) => `{"number":${number}}\n`);
  for (const line of lines) sink.write(new TextEncoder().encode(line));
  await sink.close();
  assert.equal(sink.lost, 0);
  assert.equal(await Deno.readTextFile(dir.join("logs", "audit.jsonl")), lines.join(""));
});

Deno.test("openAuditSink() writes nothing for none, and has nothing to fail", async () => {
  const sink = await open({ file: "none" });
  sink.write(new TextEncoder().encode("x\n"));
  await sink.flush();
  await sink.close();
  assert.deepEqual([sink.failing, sink.lost], [false, 0]);
  await assert.rejects(Deno.lstat("none"), Deno.errors.NotFound);
});

Deno.test("openAuditSink() says before the start what keeps it from writing, and how to mend it", async () => {
  await using dir = await TempDir.create();
  await dir.write("plain", "");
  await Deno.symlink("/etc/passwd", dir.join("link"));
  const table: [string, string][] = [
    [dir.path, "it is not a regular file; move it away, or choose another file"],
    [dir.join("link"), "it is a symbolic link; move it away, or choose another file"],
    ["/dev/null", "it is not a regular file; move it away, or choose another file"],
    [
      dir.join("plain", "audit"),
      `a part of its path is not a folder; make ${JSON.stringify(dir.join("plain"))} writable, ` +
      "or choose another file",
    ],
  ];
  for (const [file, what] of table) {
    await assert.rejects(open({ file }), (error) => {
      assert.ok(error instanceof StartError);
      assert.deepEqual(error.problems, [{
        where: "--audit-file",
        message: `Cannot write the audit log ${JSON.stringify(file)}: ${what}`,
      }]);
      return true;
    });
  }
});

testWith("openAuditSink(): two processes that write and rotate one file tear and lose no line", {
  needs: [tool("sh")],
  fn: async () => {
    await using dir = await TempDir.create();
    const file = dir.join("audit.jsonl");
    const count = 3000;
    const outcomes = await Promise.all(
      ["a", "b"].map((name) => runWriter([file, name, count, 10_000])),
    );
    for (const { success, report, stderr } of outcomes) {
      assert.ok(success, stderr);
      assert.deepEqual(report, { failing: false, lost: 0 });
      assert.equal(stderr, "");
    }
    const seen = { a: new Set<number>(), b: new Set<number>() };
    const entries = await Array.fromAsync(Deno.readDir(dir.path));
    assert.ok(entries.length > 5, `${entries.length} files`);
    for (const { name } of entries) {
      const text = await Deno.readTextFile(dir.join(name));
      for (const line of text.split("\n").slice(0, -1)) {
        const { writer, number } = JSON.parse(line) as { writer: "a" | "b"; number: number };
        assert.equal(seen[writer].has(number), false, "no line is written twice");
        seen[writer].add(number);
      }
      assert.ok(text.endsWith("\n"));
    }
    assert.deepEqual([seen.a.size, seen.b.size], [count, count]);
  },
});

testWith("openAuditSink() writes to stderr without a file, every line of it", {
  needs: [tool("sh")],
  fn: async () => {
    const { success, report, stderr } = await runWriter(["-", "a", 5000, 1e6]);
    assert.ok(success);
    assert.deepEqual(report, { failing: false, lost: 0 });
    const numbers = stderr.trimEnd().split("\n").map((line) => JSON.parse(line).number);
    assert.deepEqual(numbers, Array.from({ length: 5000 }, (_, number) => number));
  },
});

testWith("openAuditSink() on a full device fails, counts its lines as lost, and ends nothing", {
  needs: [tool("sh"), () => Deno.build.os === "linux" ? undefined : "there is no /dev/full"],
  fn: async () => {
    const { success, report } = await runWriter(["-", "a", 50, 1e6], { redirect: "2>/dev/full" });
    assert.ok(success, "neither the sink nor the log ends the process");
    assert.deepEqual(report, { failing: true, lost: 50 });
  },
});
