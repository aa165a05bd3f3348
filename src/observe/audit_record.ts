/** Times in milliseconds; a phase that did not happen is left out. */
export interface AuditDurations {
  /** From the first octet of the request to the last of the response. */
  readonly total: number;
  /** Name resolution, TCP and TLS; absent on a connection that was there already. */
  readonly connect?: number | undefined;
  /** From the request's last octet to the response's first. */
  readonly firstByte?: number | undefined;
}

/** What is written about one exchange or one tunnel, or of an alarm. No value holds a secret. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly id?: string | undefined;
  readonly kind: "exchange" | "tunnel" | "alarm";
  readonly agent?: string | undefined;
  /** How the agent proved who it is. */
  readonly proof?: string | undefined;
  /** The client's address and port. */
  readonly client?: string | undefined;
  readonly method?: string | undefined;
  readonly authority?: string | undefined;
  /** As {@linkcode auditPath} gives it. */
  readonly path?: string | undefined;
  readonly rule?: string | undefined;
  /** Names of the fields that carry a credential of ours. */
  readonly injected?: readonly string[] | undefined;
  readonly decision?: "allow" | "deny" | "error" | undefined;
  readonly reason?: string | undefined;
  /** Why the egress policy would have refused it, had it been enforced. */
  readonly wouldDeny?: string | undefined;
  /** The address and port that were dialled. */
  readonly upstream?: string | undefined;
  /** The other proxy that the upstream is reached through: that one was dialled then. */
  readonly through?: string | undefined;
  readonly alpn?: string | undefined;
  readonly status?: number | undefined;
  /** Whether a tunnel's requests are seen: each has its own record then. */
  readonly decrypted?: true | undefined;
  /** Octets from the client. */
  readonly bytesIn?: number | undefined;
  /** Octets to the client. */
  readonly bytesOut?: number | undefined;
  readonly ms?: AuditDurations | undefined;
  /** How often each secret was taken out of the response, by its variable's name. */
  readonly redactions?: Readonly<Record<string, number>> | undefined;
  /** Names of the placeholders that were seen where they do not belong. */
  readonly canary?: readonly string[] | undefined;
  /** Names of the placeholders that were seen in a body, where transcripts quote them. */
  readonly canaryInBody?: readonly string[] | undefined;
  /** How many lines of this log were lost. */
  readonly lost?: number | undefined;
}
