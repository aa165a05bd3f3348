import type { ReadRequest } from "./reference_reader.ts";
import type { Peer } from "./request_case.ts";
import { lastRequest, lastTarget, type Witness } from "./witness.ts";

/** How a witness's reading of forwarded octets compares with ours. */
export interface Comparison {
  readonly verdict: "same" | "refused" | "different";
  readonly detail: string;
}

/**
 * Has a witness read octets that the proxy sent, with one more request behind them, and compares what
 * it read with `ours`. A refusal is no disagreement as long as all that was read before it is the same.
 */
export async function compareReadings(
  witness: Witness,
  { text, ours }: {
    text: string;
    ours: readonly Pick<ReadRequest, "method" | "target" | "body">[];
  },
): Promise<Comparison> {
  let testimony: Awaited<ReturnType<Witness["read"]>>;
  try {
    testimony = await witness.read(text + lastRequest);
  } catch (error) {
    // It waits for octets that, as we read it, belong to nobody.
    return { verdict: "different", detail: String(error) };
  }
  const expected = [...ours, { method: "GET", target: lastTarget, body: "" }];
  const { requests: got, error } = testimony;
  for (const [index, request] of got.entries()) {
    const wanted = expected[index];
    if (wanted === undefined) return { verdict: "different", detail: `one more: ${show(request)}` };
    for (const part of ["method", "target", "body"] as const) {
      if (request[part] === wanted[part]) continue;
      return { verdict: "different", detail: `${part}: ${show(request)}, not ${show(wanted)}` };
    }
  }
  if (got.length === expected.length) return { verdict: "same", detail: "" };
  if (error === null) return { verdict: "different", detail: `only ${got.length} requests read` };
  return { verdict: "refused", detail: error };
}

/** The witnesses' names, in the order of the report. */
export const peers: readonly Peer[] = ["llhttp", "nginx", "h11"];

function show({ method, target, body }: Pick<ReadRequest, "method" | "target" | "body">): string {
  return JSON.stringify({ method, target, body }).slice(0, 300);
}
