/**
 * What becomes of a failure, wherever it is met: the form in which it may be shown, and the log.
 *
 * @module
 */
import { ProxyError } from "../errors.ts";
import type { Rule } from "../policy/rule.ts";
import { formatAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import { WireError } from "../wire/wire_error.ts";
import { AuditEntry } from "./audit_entry.ts";
import { closeAfter, type Downstream, type ProxyContext } from "./context.ts";
import { asProxyError, refusalResponse } from "./refusal.ts";

/** Answers a request whose head could not be read; its connection or stream is then over. */
export async function refuseUnread(
  error: ProxyError,
  { downstream, context }: { downstream: Downstream; context: ProxyContext },
): Promise<void> {
  const entry = new AuditEntry("exchange", { head: undefined, downstream, context });
  entry.failed(error);
  entry.status = error.status;
  logRefusal(error, { id: entry.id, head: undefined, downstream, context, rule: undefined });
  await closeAfter(refusalResponse(error, { id: entry.id, connection: "close" }), downstream);
  entry.write();
}

/** What was thrown, as a failure that the client may be shown. */
export function toProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof WireError) {
    return new ProxyError("malformed_request", thrown.message, { cause: thrown });
  }
  return asProxyError(thrown);
}

/**
 * Logs a refusal, under the name that the client and the audit log have for it; an unexpected failure with its cause, as nobody else will see it.
 */
export function logRefusal(
  error: ProxyError,
  { id, head, downstream, context, rule }: {
    id: string;
    head: RequestHead | undefined;
    downstream: Downstream;
    context: ProxyContext;
    rule: Rule | undefined;
  },
): void {
  const authority = downstream.tunnel?.plan.authority;
  const properties = {
    id,
    kind: error.kind,
    reason: error.message,
    client: downstream.peer,
    ...(downstream.identity.agent === "" ? {} : { agent: downstream.identity.agent }),
    ...(head === undefined ? {} : { method: head.method }),
    ...(authority === undefined ? {} : { authority: formatAuthority(authority) }),
    ...(rule === undefined ? {} : { rule: rule.name }),
  };
  if (error.kind !== "internal_error") context.log.warn("refused", properties);
  else context.log.error("failed", { ...properties, cause: String(error.cause) });
}
