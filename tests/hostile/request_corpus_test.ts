/**
 * The contract: a hostile client gets either a refusal of ours, and then nothing of its request goes
 * anywhere, or a request that everybody reads in one way (I5). Every case goes through a real proxy
 * process, with a marker request behind it on the same connection; what reached the upstream is then
 * given, octet for octet, to other people's parsers.
 */

import assert from "node:assert/strict";
import { findTool, python, pythonModule, tool } from "../support/tools.ts";
import { compareReadings } from "./differential.ts";
import { NginxWitness } from "./nginx_witness.ts";
import type { Peer, RequestCase } from "./request_case.ts";
import { repeated } from "./repeated.ts";
import { requestCases } from "./request_cases.ts";
import { type CaseOutcome, RequestRunner } from "./request_runner.ts";
import { ChildWitness, lastRequest, type Witness } from "./witness.ts";

/** For the count of what others accept, on which nothing depends. */
const acceptanceDeadlineMs = 500;

interface WitnessKind {
  readonly peer: Peer;
  readonly start: () => Promise<Witness>;
  /** Why it cannot be had here, if it cannot. */
  readonly missing: () => string | undefined;
}

const witnesses: readonly WitnessKind[] = [
  {
    peer: "llhttp",
    start: () => ChildWitness.llhttp(findTool("node") ?? "node"),
    missing: tool("node"),
  },
  { peer: "nginx", start: () => NginxWitness.start(nginxPath ?? "nginx"), missing: findNginx },
  { peer: "h11", start: () => ChildWitness.h11(python), missing: pythonModule("h11") },
];

// Debian keeps it where an ordinary user's PATH does not look.
const nginxPath = findTool("nginx") ?? existing("/usr/sbin/nginx");

Deno.test("the corpus of requests tells each case by its name", () => {
  assert.deepEqual(repeated(requestCases.map(({ name }) => name)), []);
});

Deno.test("hostile requests are refused, or forwarded as exactly one request", async (t) => {
  await using runner = await RequestRunner.start();
  const outcomes: CaseOutcome[] = [];
  for (const tried of requestCases) outcomes.push(await runner.run(tried));
  const wrong = outcomes.filter(({ problems }) => problems.length > 0);
  const sent = outcomes.filter(({ upstreamRequests, tried }) =>
    upstreamRequests.length > 0 && tried.upstream.length > 0
  );
  console.log(
    `hostile requests: ${outcomes.length} tried, ${sent.length} forwarded, ` +
      `${outcomes.length - sent.length} refused, ${wrong.length} desyncs or wrong answers`,
  );
  assert.deepEqual(wrong.map(({ tried, problems }) => `${tried.name}: ${problems.join("; ")}`), []);
  for (const { peer, start, missing } of witnesses) {
    const reason = missing();
    await t.step({
      name: `${peer} reads what was forwarded as we do` + (reason ? ` (skipped: ${reason})` : ""),
      ignore: reason !== undefined,
      fn: async () => {
        await using witness = await start();
        await compareAll(witness, { peer, sent });
      },
    });
  }
});

async function compareAll(
  witness: Witness,
  { peer, sent }: { peer: Peer; sent: readonly CaseOutcome[] },
): Promise<void> {
  const counts = { same: 0, refused: 0, different: 0 };
  const wrong: string[] = [];
  for (const { tried, upstreamText: text, upstreamRequests: ours } of sent) {
    const { verdict, detail } = await compareReadings(witness, { text, ours });
    counts[verdict]++;
    const allowed = verdict === "same" ||
      (verdict === "refused" && tried.refusedBy.includes(peer));
    if (!allowed) wrong.push(`${tried.name}: ${verdict}, ${detail}`);
  }
  console.log(
    `differential, ${peer}: ${sent.length} forwarded cases, ${counts.same} read as we read them, ` +
      `${counts.refused} refused, ${counts.different} desyncs; ` +
      `it accepts ${await countAccepted(witness)} of the cases that we refuse`,
  );
  assert.deepEqual(wrong, []);
}

/** How many of the cases that we refuse outright the witness takes for a request. */
async function countAccepted(witness: Witness): Promise<number> {
  let accepted = 0;
  for (const tried of requestCases.filter(isRefusedOutright)) {
    try {
      const { requests } = await witness.read(tried.bytes + lastRequest, {
        deadlineMs: acceptanceDeadlineMs,
      });
      if (requests.length > 0) accepted++;
    } catch {
      // It waits for more, which is no acceptance.
    }
  }
  return accepted;
}

function isRefusedOutright(tried: RequestCase): boolean {
  return tried.upstream.length === 0 && tried.then === "marker" && tried.partial === "never";
}

function findNginx(): string | undefined {
  return nginxPath === undefined ? "nginx is not installed" : undefined;
}

function existing(path: string): string | undefined {
  try {
    return Deno.statSync(path).isFile ? path : undefined;
  } catch {
    return undefined;
  }
}
