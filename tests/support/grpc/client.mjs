/**
 * The gRPC client of the tests, for Node: goes through the cases it is told, one after the other, and
 * prints a line of JSON for each, `{ name, ms, failure? }`.
 *
 * Run: `node --preserve-symlinks client.mjs JSON`, with `{ modules, target, cases }`. How to get there
 * and whom to trust it knows from its environment, as any client does.
 *
 * @module
 */

import process from "node:process";
import { callCases } from "./call_cases.mjs";
import { endCases } from "./end_cases.mjs";
import { loadCases } from "./load_cases.mjs";
import { refusalCases } from "./refusal_cases.mjs";
import { loadGrpc, service } from "./service.mjs";

const { modules, target, cases } = JSON.parse(process.argv[2]);
const grpc = loadGrpc(modules);
const Lab = grpc.makeGenericClientConstructor(service, "Lab");
const all = { ...callCases, ...endCases, ...loadCases, ...refusalCases };

function connect(options = {}) {
  return new Lab(target, grpc.credentials.createSsl(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    ...options,
  });
}

for (const name of cases) {
  const client = connect();
  const since = performance.now();
  try {
    await withinTime(all[name]({ client, connect, grpc }));
    console.log(JSON.stringify({ name, ms: Math.round(performance.now() - since) }));
  } catch (error) {
    console.log(JSON.stringify({ name, failure: error.stack ?? String(error) }));
  }
  client.close();
}
// A case that failed may have left calls open.
process.exit(0);

function withinTime(work) {
  let alarm;
  const late = new Promise((_, reject) => {
    alarm = setTimeout(() => reject(new Error("it takes longer than 15 s")), 15_000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(alarm));
}
