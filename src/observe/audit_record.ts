/** Times in milliseconds; a phase that did not happen is left out. */
export interface AuditDurations {
  /** From the first octet of the request to the last of the response. */
  readonly total: number;
  /** Name resolution, TCP and TLS; absent on a connection that was there already. */
  readonly connect?: number;
  /** From the request's last octet to the response's first. */
  readonly firstByte?: number;
}

/** What is written about one exchange or one tunnel, or of an alarm. No value holds a secret. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly id?: string;
  readonly kind: "exchange" | "tunnel" | "alarm";
  readonly agent?: string;
  /** How the agent proved who it is. */
  readonly proof?: string;
  /** The client's address and port. */
  readonly client?: string;
  readonly method?: string;
  readonly authority?: string;
  /** As {@linkcode auditPath} gives it. */
  readonly path?: string;
  readonly rule?: string;
  /** Names of the fields that carry a credential of ours. */
  readonly injected?: readonly string[];
  readonly decision?: "allow" | "deny" | "error";
  readonly reason?: string;
  /** Why the egress policy would have refused it, had it been enforced. */
  readonly wouldDeny?: string;
  /** The address and port that were dialled. */
  readonly upstream?: string;
  readonly alpn?: string;
  readonly status?: number;
  /** Octets from the client. */
  readonly bytesIn?: number;
  /** Octets to the client. */
  readonly bytesOut?: number;
  readonly ms?: AuditDurations;
  /** How often each secret was taken out of the response, by its variable's name. */
  readonly redactions?: Readonly<Record<string, number>>;
  /** Names of the placeholders that were seen where they do not belong. */
  readonly canary?: readonly string[];
  /** How many lines of this log were lost. */
  readonly lost?: number;
}
