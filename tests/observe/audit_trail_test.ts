import assert from "node:assert/strict";
import type { AuditRecord } from "../../src/observe/audit_record.ts";
import type { AuditSettings } from "../../src/observe/audit_settings.ts";
import { AuditTrail } from "../../src/observe/audit_trail.ts";
import { RecordingLog } from "../support/recording_log.ts";
import { SmallDisk, smallDisks } from "../support/small_disk.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const time = Date.UTC(2026, 0, 1);
const record: AuditRecord = { time, kind: "exchange", method: "GET", status: 200 };
const line = '{"time":"2026-01-01T00:00:00.000Z","kind":"exchange","method":"GET","status":200}\n';

function open(settings: Partial<AuditSettings>): Promise<AuditTrail> {
  const all = { maxBytes: 1e9, keep: 3, required: false, ...settings };
  const clock = () => performance.now();
  return AuditTrail.open(all, { log: new RecordingLog(), now: () => time, clock });
}

Deno.test("AuditTrail writes records to its file, and shows the last 1000 of them", async () => {
  await using dir = await TempDir.create();
  const file = dir.join("audit.jsonl");
  const trail = await open({ file });
  for (let status = 0; status < 1500; status++) trail.record({ ...record, status });
  await trail.close();
  const lines = (await Deno.readTextFile(file)).split(/(?<=\n)/);
  assert.equal(lines.length, 1500);
  assert.deepEqual(trail.recent(2), lines.slice(-2));
  assert.deepEqual(trail.recent(1_000_000), lines.slice(-1000));
  assert.equal(trail.lost, 0);
});

Deno.test("AuditTrail shows the last records though it writes none", async () => {
  const trail = await open({ file: "none", required: true });
  trail.record(record);
  assert.deepEqual(trail.recent(10), [line]);
  assert.equal(trail.refuses, false);
  await trail.close();
});

Deno.test("AuditTrail takes a line of any length", async () => {
  await using dir = await TempDir.create();
  const file = dir.join("audit.jsonl");
  const trail = await open({ file });
  const canary = Array.from({ length: 3 }, () => "é".repeat(5000));
  trail.record({ time, kind: "alarm", canary: canary.concat(...Array(4).fill(canary)) });
  trail.record(record);
  await trail.close();
  const lines = (await Deno.readTextFile(file)).match(/.*\n/g) ?? [];
  assert.ok((lines[0]?.length ?? 0) > 65_536);
  assert.equal(JSON.parse(lines[0] ?? "").canary.length, 15);
  assert.deepEqual(lines.slice(1), [line]);
  assert.deepEqual(trail.recent(10), lines);
});

testWith(
  "AuditTrail refuses while its disk is full if it is required, and tells of lost lines after",
  {
    needs: [smallDisks],
    fn: async () => {
      await using disk = await SmallDisk.create();
      const file = `${disk.path}/audit.jsonl`;
      const required = await open({ file, required: true });
      const optional = await open({ file: `${disk.path}/optional.jsonl` });
      const kept = Math.floor(8 * 1_048_576 / line.length);
      try {
        await disk.fill({ octets: 0 });
        assert.equal(required.refuses, false);
        required.record(record);
        optional.record(record);
        await waitUntil(() => required.refuses, { what: "the failure is known" });
        assert.equal(optional.refuses, false);
        for (let count = 1; count < kept; count++) required.record(record);
        assert.equal(required.lost, 0);
        for (let count = 0; count < 7; count++) required.record(record);
        assert.equal(required.lost, 7);
        await disk.grow();
        await waitUntil(() => !required.refuses, { what: "it is written again" });
        required.record({ ...record, status: 204 });
      } finally {
        await required.close();
        await optional.close();
      }
      const lines = (await Deno.readTextFile(file)).split(/(?<=\n)/);
      const others = lines.filter((other) => other !== line).map((other) => JSON.parse(other));
      const alarm = {
        time: "2026-01-01T00:00:00.000Z",
        kind: "alarm",
        reason: "audit lines were lost: no space left on the device",
        lost: 7,
      };
      assert.deepEqual(others, [alarm, { ...JSON.parse(line), status: 204 }]);
      assert.equal(lines.length, kept + 2);
      assert.ok(required.recent(10).includes(JSON.stringify(alarm) + "\n"));
    },
  },
);
