import type { ProxyError } from "../errors.ts";
import type { BodyWatch } from "../policy/canary.ts";
import type { ProxyHop } from "../policy/proxy_hop.ts";
import type { Redactor } from "../policy/redact.ts";
import type { RedactionScope } from "../policy/redaction_scope.ts";
import type { UpgradeProtocol } from "../wire/upgrade_protocol.ts";
import type { AuditEntry } from "./audit_entry.ts";
import type { Downstream, ProxyContext } from "./context.ts";
import type { RequestBody } from "./request_body.ts";

/** What a response depends on of its request, whose head may be overwritten by now. */
export interface Exchange {
  readonly method: string;
  readonly minorVersion: number;
  /** The client wants the connection to end after this. */
  readonly wantsClose: boolean;
  /** The protocol that the request asks to switch to. */
  readonly upgrade: UpgradeProtocol | undefined;
  readonly body: RequestBody;
  /** The other proxy that is asked for it in clear. */
  readonly askedProxy: ProxyHop | undefined;
  /** Notes placeholders in the request's body. */
  readonly watch: BodyWatch | undefined;
  /** What is known of it, for the audit log. */
  readonly entry: AuditEntry;
  readonly redaction: RedactionScope;
  /** Looks for credentials in the response, if that is done there. */
  readonly redactor: Redactor | undefined;
  /** Why it was ended from outside, if it was. */
  readonly cancelReason: () => ProxyError | undefined;
  readonly downstream: Downstream;
  readonly context: ProxyContext;
}
