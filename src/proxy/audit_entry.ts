import { errorKinds, type ProxyError } from "../errors.ts";
import { auditPath } from "../observe/audit_path.ts";
import type { AuditRecord } from "../observe/audit_record.ts";
import type { AuditTrail } from "../observe/audit_trail.ts";
import type { Metrics } from "../observe/metrics.ts";
import { nameOfDescription } from "../policy/credential_format.ts";
import { formatHop } from "../policy/proxy_hop.ts";
import type { Rule } from "../policy/rule.ts";
import { formatAuthority } from "../wire/authority.ts";
import type { RequestHead } from "../wire/http1_head.ts";
import type { Downstream } from "./context.ts";
import type { Protocol } from "./protocol.ts";
import type { Route, RoutePlan } from "./route.ts";

/** What entries are made with. */
export interface AuditContext {
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  /** A new name for each exchange and tunnel. */
  readonly nextId: () => string;
}

/**
 * What comes to be known of one exchange or tunnel, phase by phase, and its line in the audit log,
 * which is written however it ends.
 */
export class AuditEntry {
  readonly id: string;
  readonly #kind: "exchange" | "tunnel";
  readonly #audit: AuditTrail;
  readonly #metrics: Metrics;
  readonly #downstream: Downstream;
  readonly #time = Date.now();
  readonly #started = performance.now();
  readonly #sentBefore: number;
  readonly #receivedBefore: number;
  readonly #method: string | undefined;
  readonly #target: string | undefined;
  #bytesIn: number;
  #plan: RoutePlan | undefined;
  #route: Route | undefined;
  #connect: number | undefined;
  #sent: number | undefined;
  #firstByte: number | undefined;
  #upstream: string | undefined;
  #protocol: Protocol | undefined;
  #failure: { readonly decision: "deny" | "error"; readonly reason: string } | undefined;
  /** The status that the client was sent. */
  status: number | undefined;
  /** Whether the tunnel's requests are seen, and audited as exchanges. */
  decrypted: true | undefined;
  /** Placeholders in the head that belong to other hosts, and those seen in the body. */
  strays: readonly string[] = none;
  inBody: ReadonlySet<string> | undefined;
  /** What was masked in the response. */
  hits: ReadonlyMap<string, number> | undefined;

  /** @param head What the client sent; absent if it could not be read. */
  constructor(
    kind: "exchange" | "tunnel",
    { head, downstream, context }: {
      head: RequestHead | undefined;
      downstream: Downstream;
      context: AuditContext;
    },
  ) {
    this.id = context.nextId();
    this.#kind = kind;
    this.#audit = context.audit;
    this.#metrics = context.metrics;
    this.#downstream = downstream;
    this.#sentBefore = downstream.stream.sent;
    this.#receivedBefore = downstream.stream.received;
    // The octets of the head are gone when the line is written.
    this.#method = head?.method;
    this.#target = head?.target;
    this.#bytesIn = head?.octets.length ?? 0;
    this.#plan = downstream.tunnel?.plan;
  }

  /** Where a tunnel leads, as far as that is known. */
  leadsTo(plan: RoutePlan): void {
    this.#plan = plan;
  }

  /** What was decided for an exchange. */
  takes(route: Route): void {
    this.#route = route;
  }

  /** A connection to the upstream was opened; `since` is when that began. */
  connected(since: number): void {
    this.#connect = performance.now() - since;
  }

  /**
   * The request's head is on its way to this address; or a tunnel leads there, without a protocol.
   */
  requestSent(upstream: string, protocol?: Protocol): void {
    this.#upstream = upstream;
    this.#protocol = protocol;
    this.#sent = performance.now();
  }

  /** The first octet of an answer has come. */
  answered(): void {
    if (this.#sent !== undefined) this.#firstByte ??= performance.now() - this.#sent;
  }

  /** Octets from the client, beside the head. */
  received(octets: number): void {
    this.#bytesIn += octets;
  }

  /** It was refused, or did not come to its end. */
  failed({ side, message }: Pick<ProxyError, "side" | "message">): void {
    this.#failure = { decision: side === "downstream" ? "deny" : "error", reason: message };
  }

  /** Writes the line, and one more for each alarm; and counts. */
  write(): void {
    const { peer, identity, stream } = this.#downstream;
    const { agent, proof } = identity;
    const rule = this.#route?.rule;
    const egress = this.#route?.egress ?? this.#plan?.egress;
    const forwarded = this.#sent !== undefined;
    const record: AuditRecord = {
      time: this.#time,
      id: this.id,
      kind: this.#kind,
      agent: agent === "" ? undefined : agent,
      proof: agent === "" ? undefined : proof,
      client: peer,
      method: this.#method,
      authority: this.#authority(),
      path: this.#path(),
      rule: rule?.name,
      injected: forwarded ? injectedNames(rule) : undefined,
      decision: this.#failure?.decision ?? "allow",
      reason: this.#failure?.reason ?? (egress?.allow === true ? egress.reason : undefined),
      wouldDeny: egress?.allow === true ? egress.wouldDeny : undefined,
      upstream: this.#upstream,
      through: this.#hop(),
      alpn: this.#protocol,
      status: this.status,
      decrypted: this.decrypted,
      bytesIn: this.#kind === "tunnel" && !this.decrypted
        ? this.#bytesIn + stream.received - this.#receivedBefore
        : this.#bytesIn,
      bytesOut: stream.sent - this.#sentBefore,
      ms: {
        total: performance.now() - this.#started,
        connect: this.#connect,
        firstByte: this.#firstByte,
      },
      redactions: this.#redactions(),
      canary: this.strays.length === 0 ? undefined : this.strays,
      canaryInBody: this.#seenInBody(),
    };
    this.#audit.record(record);
    this.#count(record);
    const { redactions, canary } = record;
    if (redactions !== undefined) {
      this.#raise({ ...record, canary: undefined }, "the service sent a credential back");
    }
    if (canary !== undefined) {
      this.#raise(
        { ...record, redactions: undefined },
        "a placeholder was sent to a host that is not its own",
      );
    }
  }

  #count({ decision = "allow", rule, agent, status, ms, canary }: AuditRecord): void {
    if (this.#kind === "tunnel") return this.#metrics.countTunnel(decision);
    this.#metrics.countExchange({ rule, agent, decision, status, ms });
    if (this.hits !== undefined) {
      for (const [secret, count] of this.hits) this.#metrics.countRedactions(secret, count);
    }
    for (const placeholder of canary ?? none) this.#metrics.countCanaryAlarm(placeholder);
    if (status === errorKinds.rate_limited.status && this.#failure !== undefined) {
      this.#metrics.countRateLimited({ rule, agent });
    }
  }

  #raise({ id, agent, client, authority, redactions, canary }: AuditRecord, reason: string): void {
    const time = Date.now();
    const kind = "alarm";
    this.#audit.record({
      ...{ time, id, kind, agent, client, authority, reason, redactions, canary },
    });
  }

  #authority(): string | undefined {
    const destination = this.#route ?? this.#plan;
    return destination === undefined ? undefined : formatAuthority(destination.authority);
  }

  /** The other proxy that it went through, or would have. */
  #hop(): string | undefined {
    const hop = (this.#route ?? this.#plan)?.hop;
    return hop === undefined ? undefined : formatHop(hop);
  }

  /** A CONNECT's target is its authority. */
  #path(): string | undefined {
    return this.#target === undefined || this.#kind === "tunnel"
      ? undefined
      : auditPath(this.#target);
  }

  #redactions(): Record<string, number> | undefined {
    return this.hits === undefined || this.hits.size === 0
      ? undefined
      : Object.fromEntries(this.hits);
  }

  #seenInBody(): readonly string[] | undefined {
    return this.inBody === undefined || this.inBody.size === 0 ? undefined : [...this.inBody];
  }
}

const none: readonly string[] = [];

/** If the credential has expired since, its description says what was added. */
function injectedNames(rule: Rule | undefined): readonly string[] | undefined {
  if (rule?.live === undefined) return rule?.injection?.names;
  return rule.live.current().injection?.names ?? rule.fields.map(nameOfDescription);
}
