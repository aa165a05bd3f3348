import assert from "node:assert/strict";
import { ConnectionCeiling } from "../../src/proxy/connection_ceiling.ts";

/** A process with so many descriptors, of which each connection takes two. */
class Machine {
  readonly ceiling = new ConnectionCeiling();
  descriptors: number;
  size = 0;
  probes = 0;

  constructor(descriptors: number) {
    this.descriptors = descriptors;
  }

  check(): string {
    return this.ceiling.check({
      size: this.size,
      maxConnections: 1000,
      hasSpare: (count) => {
        this.probes = Math.max(this.probes, count);
        return this.descriptors - 2 * this.size >= count;
      },
    });
  }

  /** Checks until something changes, and counts the checks. */
  untilChange(): { change: string; checks: number } {
    for (let checks = 1; checks <= 20_000; checks++) {
      const change = this.check();
      if (change !== "same") return { change, checks };
    }
    return { change: "never", checks: Infinity };
  }
}

Deno.test("ConnectionCeiling is out of the way as long as descriptors are to spare", () => {
  const machine = new Machine(500);
  machine.size = 200;
  assert.equal(machine.check(), "same");
  assert.equal(machine.ceiling.value, Infinity);
});

Deno.test("ConnectionCeiling leaves a tenth, and never less than 16", () => {
  for (
    const [size, expected] of [[17, 16], [31, 16], [33, 17], [200, 180], [161, 144]] as const
  ) {
    const machine = new Machine(0);
    machine.size = size;
    assert.equal(machine.check(), "lowered");
    assert.equal(machine.ceiling.value, expected, `of ${size}`);
    assert.equal(machine.check(), "same");
  }
});

Deno.test("ConnectionCeiling does not blame 16 connections", () => {
  const machine = new Machine(0);
  machine.size = 16;
  assert.equal(machine.check(), "same");
  assert.equal(machine.ceiling.value, Infinity);
});

Deno.test("ConnectionCeiling rises in steps after ten calm checks each, and is lifted", () => {
  const machine = new Machine(0);
  machine.size = 40;
  assert.equal(machine.check(), "lowered");
  assert.equal(machine.ceiling.value, 24);
  machine.descriptors = 10_000;
  assert.deepEqual(machine.untilChange(), { change: "raised", checks: 10 });
  assert.equal(machine.ceiling.value, 40);
  let steps = 1;
  while (machine.ceiling.value !== Infinity) {
    assert.equal(machine.untilChange().checks, 10);
    steps++;
  }
  assert.ok(steps < 25, `${steps} steps`);
});

Deno.test("ConnectionCeiling does not rise without room for those that would come", () => {
  const machine = new Machine(0);
  machine.size = 40;
  machine.check();
  machine.size = 24;
  // 24 of two each, 16 more of two each, and eight.
  machine.descriptors = 48 + 32 + 8 - 1;
  assert.equal(machine.untilChange().change, "never");
  machine.descriptors++;
  assert.equal(machine.untilChange().change, "raised");
});

Deno.test("ConnectionCeiling waits twice as long after each time that it rose too soon", () => {
  const machine = new Machine(0);
  machine.size = 40;
  machine.check();
  const waits: number[] = [];
  for (let round = 0; round < 12; round++) {
    machine.descriptors = 10_000;
    waits.push(machine.untilChange().checks);
    machine.descriptors = 0;
    assert.equal(machine.check(), "lowered");
  }
  assert.deepEqual(waits.slice(0, 4), [10, 20, 40, 80]);
  assert.equal(waits.at(-1), 3600);
});

Deno.test("ConnectionCeiling starts to count again after a check without spare descriptors", () => {
  const machine = new Machine(0);
  machine.size = 40;
  machine.check();
  machine.descriptors = 10_000;
  for (let check = 0; check < 9; check++) assert.equal(machine.check(), "same");
  machine.descriptors = 0;
  assert.equal(machine.check(), "same");
  machine.descriptors = 10_000;
  assert.equal(machine.untilChange().checks, 10);
});
