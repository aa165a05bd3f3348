/** How the configuration has fared. */
export interface ConfigurationCounts {
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
  readonly reloads: number;
  readonly rejections: number;
  /** Whether the last attempt to read it came to nothing. */
  readonly isRejected: boolean;
}

/** What has become of client connections at the limits. */
export interface ConnectionCounts {
  readonly open: number;
  /** Waiting ones that were closed in favour of new ones. */
  readonly evicted: number;
  /** New ones that were refused, and requests of HTTP/2 that count as such. */
  readonly refused: { readonly client: number; readonly proxy: number };
}

/** What has become of the connections to services; blind tunnels are not among them. */
export interface UpstreamConnectionCounts {
  readonly opened: number;
  /** Exchanges that went over one that was there already. */
  readonly reused: number;
  readonly open: number;
  /** Those of the open ones on which nothing is under way. */
  readonly idle: number;
}

/** What has become of the certificates that are shown to clients. */
export interface LeafCounts {
  readonly hits: number;
  readonly misses: number;
  readonly minted: number;
  /** How many are kept at present. */
  readonly size: number;
}

/** How one secret is; times in milliseconds since the epoch. */
export interface SecretState {
  /** Its variable; for a credential that is in none, the rule's name. */
  readonly name: string;
  /** Whether it is there, or would be obtained by the next request as far as is known. */
  readonly isAvailable: boolean;
  readonly expiresAt?: number | undefined;
  /** Only of one that the proxy obtains itself. */
  readonly renewal?: {
    /** When that was last done with success, if ever. */
    readonly at?: number | undefined;
    /** Whether the last attempt came to nothing. */
    readonly isFailing: boolean;
  };
}

/** Whether one rule's requests get their credential. */
export interface RuleState {
  readonly name: string;
  readonly isAvailable: boolean;
}

/** What is asked for when metrics are, rather than counted. */
export interface MetricSources {
  readonly connections: () => ConnectionCounts;
  readonly upstreamConnections: () => UpstreamConnectionCounts;
  readonly leaves: () => LeafCounts;
  readonly auditLinesLost: () => number;
  readonly configuration: () => ConfigurationCounts;
  readonly rules: () => Iterable<RuleState>;
  readonly secrets: () => Iterable<SecretState>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the CA expires, in milliseconds since the epoch. */
  readonly caExpiresAt: number;
  readonly version: string;
}
