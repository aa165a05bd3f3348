import type { Framing } from "../wire/framing.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import type { AuditEntry } from "./audit_entry.ts";
import { closeAfter, type Downstream, type Outcome, type ProxyContext } from "./context.ts";
import { wantsClose } from "./forward_head.ts";
import { identifyReader } from "./identify_client.ts";
import { type OwnContent, ownResponse } from "./own_response.ts";
import { ownContent, type OwnRequest } from "./well_known.ts";

/** The request that is answered. */
export interface AnswerParts {
  readonly head: RequestHead;
  readonly framing: Framing;
  readonly downstream: Downstream;
  readonly context: ProxyContext;
  readonly entry: AuditEntry;
}

/** Answers a request for one of our own resources. */
export async function answerOwn(
  own: OwnRequest,
  parts: AnswerParts,
): Promise<Outcome> {
  const { head, context } = parts;
  const identify = () => identifyReader(head, parts);
  const content = await ownContent(own, { method: head.method, context, identify });
  return await answer(content, parts);
}

/** Answers a request by ourselves. */
export async function answer(
  content: OwnContent,
  { head, framing, downstream, context, entry }: AnswerParts,
): Promise<Outcome> {
  const keep = framing.kind === "none" && !wantsClose(head) && !context.draining();
  entry.status = 200;
  const connection = keep ? "keep" : "close";
  const response = ownResponse(content, { method: head.method, connection });
  if (!keep) {
    await closeAfter(response, downstream);
    return "closed";
  }
  await writeKept(response, { downstream, context });
  return "keep";
}

/**
 * Writes a response of ours on a connection that stays open. Its client may be nobody, and may not read
 * it: as long as it is on its way, the connection may be closed in favour of another.
 */
export async function writeKept(
  response: Uint8Array,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): Promise<void> {
  downstream.setBusy("pending");
  downstream.deadline.onExpire = () => downstream.stream.close();
  downstream.deadline.set(context.limits.keepAliveTimeout);
  await downstream.stream.write(response);
}
