/**
 * A process that writes lines to an audit log: `audit_writer.ts FILE NAME COUNT MAX_BYTES`, FILE being
 * `-` for stderr. It says how many were lost.
 *
 * @module
 */

import { openAuditSink } from "../../src/observe/open_audit_sink.ts";
import { openLog } from "../../src/observe/log.ts";

const encoder = new TextEncoder();
const [file = "", name = "", count = "", maxBytes = ""] = Deno.args;
const sink = await openAuditSink({
  ...(file === "-" ? {} : { file }),
  maxBytes: Number(maxBytes),
  keep: 1000,
  required: false,
}, { log: await openLog("text"), clock: () => performance.now(), onLoss: () => {} });
for (let number = 0; number < Number(count); number++) {
  sink.write(encoder.encode(`{"writer":"${name}","number":${number}}\n`));
  if (number % 10 === 9) await sink.flush();
}
const { failing } = sink;
await sink.close();
console.log(JSON.stringify({ failing, lost: sink.lost }));
