import assert from "node:assert/strict";
import {
  parseProcessStat,
  parseResidentKib,
  processTree,
  readProcesses,
  treeCpuMicros,
  treeResidentKib,
} from "../../scripts/bench/process_cpu.ts";

/** A line of /proc/PID/stat: utime 11, stime 22, cutime 33, cstime 44, start time 555. */
function statLine({ pid, name, parent }: { pid: number; name: string; parent: number }): string {
  return `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 7 0 555 1 2 3\n`;
}

Deno.test("parseProcessStat() takes own time, ended children's time, parent and start", () => {
  assert.deepEqual(parseProcessStat(statLine({ pid: 42, name: "squid", parent: 7 })), {
    pid: 42,
    parent: 7,
    state: "S",
    ticks: 33,
    endedChildrenTicks: 77,
    startTime: 555,
  });
});

Deno.test("parseProcessStat() counts after the last parenthesis of a name", () => {
  for (const name of ["(squid-1)", "a b", "x) R 1 (y", ""]) {
    const { pid, parent, ticks } = parseProcessStat(statLine({ pid: 8, name, parent: 9 }));
    assert.deepEqual({ pid, parent, ticks }, { pid: 8, parent: 9, ticks: 33 }, name);
  }
});

Deno.test("parseProcessStat() refuses what is no such line", () => {
  for (const text of ["", "12", "12 (x) S", "x (y) S 1 2 3", "12 (x) S 1 1 1 0 -1 4 1 2 3 4 a b"]) {
    assert.throws(() => parseProcessStat(text), /^Error: Cannot parse /, text);
  }
});

Deno.test("processTree() finds children and their children, and nothing else", () => {
  const all = [[5, 1], [1, 0], [9, 7], [7, 5], [8, 5], [6, 1]].map(([pid = 0, parent = 0]) =>
    parseProcessStat(statLine({ pid, name: "x", parent }))
  );
  assert.deepEqual(processTree(5, all).map(({ pid }) => pid), [5, 7, 8, 9]);
  assert.deepEqual(processTree(99, all), []);
});

Deno.test("parseResidentKib() takes VmRSS, and 0 of a process without memory", () => {
  assert.equal(parseResidentKib("Name:\tx\nVmHWM:\t   99 kB\nVmRSS:\t    1234 kB\n"), 1234);
  assert.equal(parseResidentKib("Name:\tkthreadd\nState:\tS\n"), 0);
});

const linux = Deno.build.os === "linux";

Deno.test({
  name: "treeCpuMicros() and treeResidentKib() count what a child's child uses",
  ignore: !linux,
  fn: async () => {
    const burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done; read line";
    const outer = new Deno.Command("/bin/sh", {
      args: ["-c", `(${burn}); true`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = outer.stdout.getReader();
    await reader.read();
    try {
      const inner = readProcesses().find(({ parent }) => parent === outer.pid);
      assert.ok(inner !== undefined);
      const used = treeCpuMicros(inner.pid);
      assert.ok(used > 0);
      assert.ok(treeCpuMicros(outer.pid) >= used);
      const resident = treeResidentKib(inner.pid);
      assert.ok(resident > 0);
      assert.ok(treeResidentKib(outer.pid) > resident);
    } finally {
      await outer.stdin.close();
      await reader.cancel();
      await outer.status;
    }
    assert.equal(treeResidentKib(outer.pid), 0);
  },
});
