import { TokenBucket, type TokenRate } from "./token_bucket.ts";

/** One limit: every agent that it is for has it to itself, under each rule that it is for. */
export interface RateLimitSettings {
  /** Where it stands: `auth-proxy.yaml:7:5`. */
  readonly where?: string;
  /** The rule that it is for; every request if absent, also those that no rule matches. */
  readonly rule?: string;
  /** The agents that it is for; all if absent. */
  readonly agents?: readonly string[];
  /** At most `count` requests in `perMs` milliseconds, and `burst` at once after a pause. */
  readonly requests?: { readonly count: number; readonly perMs: number; readonly burst: number };
  /** At most `bytes` octets of request content in `perMs` milliseconds. */
  readonly upload?: { readonly bytes: number; readonly perMs: number };
}

/** What a limit looks at. */
export interface LimitedRequest {
  readonly agent: string;
  /** The rule that matches, if one does. */
  readonly rule?: string;
  /** Octets of its content: 0 if it has none, absent if it does not say how many. */
  readonly contentLength?: number;
  /** Milliseconds, of a monotonic clock: while a clock is set back nothing is refilled. */
  readonly now: number;
}

/** Whether a request may pass. */
export type Admission =
  | {
    readonly admitted: true;
    /**
     * Counts octets of the content as they pass; absent if nobody limits them. They may put the agent
     * into debt: its next upload waits until that is paid.
     */
    readonly spend?: (octets: number, now: number) => void;
  }
  | {
    readonly admitted: false;
    /** To be told to the client, as it is. */
    readonly reason: string;
    /** Absent if it can never pass. */
    readonly retryAfterSeconds?: number;
  };

type Refusal = Extract<Admission, { admitted: false }>;

/** The buckets of one agent under one rule. */
interface Buckets {
  readonly requests?: TokenBucket;
  readonly upload?: TokenBucket;
}

const admitted: Admission = { admitted: true };
/** How many buckets there are before the first look at which of them can be forgotten. */
const firstSweep = 64;

/** Holds agents to their rate limits. */
export class RateLimiter {
  readonly #limits: readonly Limit[];
  /** The latest time that was seen. */
  #now = -Infinity;

  constructor(settings: readonly RateLimitSettings[]) {
    this.#limits = settings.map((setting) => new Limit(setting));
  }

  /** Whether nothing is limited. */
  get isEmpty(): boolean {
    return this.#limits.length === 0;
  }

  /** How many pairs of agent and rule are remembered, over all limits. */
  get size(): number {
    return this.#limits.reduce((sum, limit) => sum + limit.size, 0);
  }

  /** Counts the request if all limits admit it; if one does not, none counts it. */
  admit(request: LimitedRequest): Admission {
    if (this.#limits.length === 0) return admitted;
    const now = this.#advance(request.now);
    const limits = this.#limits.filter((limit) => limit.isFor(request));
    let refusal: Refusal | undefined;
    for (const limit of limits) {
      const next = limit.refusal(request, now);
      if (next === undefined) continue;
      if (next.retryAfterSeconds === undefined) return next;
      if (next.retryAfterSeconds > (refusal?.retryAfterSeconds ?? 0)) refusal = next;
    }
    if (refusal !== undefined) return refusal;
    for (const limit of limits) limit.takeRequest(request, now);
    const uploads = limits.filter((limit) => limit.limitsUploads);
    if (uploads.length === 0) return admitted;
    return {
      admitted: true,
      spend: (octets, now) => {
        const time = this.#advance(now);
        for (const limit of uploads) limit.takeUpload(request, { octets, now: time });
      },
    };
  }

  /** Were it to go back, the time in between would fill the buckets twice. */
  #advance(now: number): number {
    this.#now = Math.max(this.#now, now);
    return this.#now;
  }
}

class Limit {
  readonly #settings: RateLimitSettings;
  readonly #requests: TokenRate | undefined;
  readonly #upload: TokenRate | undefined;
  readonly #buckets = new Map<string, Buckets>();
  #sweepAt = firstSweep;

  constructor(settings: RateLimitSettings) {
    const { requests, upload } = settings;
    this.#settings = settings;
    this.#requests = requests &&
      { tokens: requests.count, perMs: requests.perMs, capacity: requests.burst };
    this.#upload = upload &&
      { tokens: upload.bytes, perMs: upload.perMs, capacity: upload.bytes };
  }

  get size(): number {
    return this.#buckets.size;
  }

  get limitsUploads(): boolean {
    return this.#upload !== undefined;
  }

  isFor({ agent, rule }: LimitedRequest): boolean {
    const { agents, rule: ours } = this.#settings;
    return (ours === undefined || ours === rule) &&
      (agents === undefined || agents.includes(agent));
  }

  /** Why the request has to wait, or cannot pass at all; undefined if it may pass. */
  refusal(request: LimitedRequest, now: number): Refusal | undefined {
    const { agent, rule, contentLength } = request;
    const [requests, upload] = [this.#requests, this.#upload];
    const who = agent === ""
      ? "a client without an agent's name"
      : `agent ${JSON.stringify(agent)}`;
    const whose = `${who} ` +
      (rule === undefined ? "where no rule matches" : `under rule ${JSON.stringify(rule)}`);
    if (upload !== undefined && (contentLength ?? 0) > upload.capacity) {
      const reason = `Cannot admit the request: its ${contentLength} octets never fit into the ` +
        `${upload.capacity} octets ${period(upload)} of ${whose}; send it in parts`;
      return { admitted: false, reason };
    }
    const buckets = this.#bucketsOf(request, now);
    const requestWait = buckets.requests?.waitFor(1, now) ?? 0;
    // Debt is paid once there is anything at all: an upload of any length may begin then.
    const uploadWait = contentLength === 0 ? 0 : buckets.upload?.waitFor(1, now) ?? 0;
    const wait = Math.max(requestWait, uploadWait);
    if (wait === 0) return undefined;
    const what = requestWait >= uploadWait
      ? requests && `${requests.tokens} requests ${period(requests)}`
      : upload && `${upload.tokens} octets of uploads ${period(upload)}`;
    return {
      admitted: false,
      reason: `Cannot admit the request: ${whose} has used up its ${what}`,
      retryAfterSeconds: Math.ceil(wait / 1000),
    };
  }

  takeRequest(request: LimitedRequest, now: number): void {
    this.#bucketsOf(request, now).requests?.take(1, now);
  }

  takeUpload(
    request: LimitedRequest,
    { octets, now }: { octets: number; now: number },
  ): void {
    this.#bucketsOf(request, now).upload?.take(octets, now);
  }

  #bucketsOf({ agent, rule }: LimitedRequest, now: number): Buckets {
    // The length keeps one agent's name from running over into the rule's.
    const key = `${agent.length} ${agent}${rule ?? ""}`;
    let buckets = this.#buckets.get(key);
    if (buckets === undefined) {
      if (this.#buckets.size >= this.#sweepAt) this.#forget(now);
      buckets = {
        ...(this.#requests && { requests: new TokenBucket(this.#requests, now) }),
        ...(this.#upload && { upload: new TokenBucket(this.#upload, now) }),
      };
      this.#buckets.set(key, buckets);
    }
    return buckets;
  }

  /** Drops what is full again: it is as good as new. */
  #forget(now: number): void {
    for (const [key, { requests, upload }] of this.#buckets) {
      if ((requests?.isFull(now) ?? true) && (upload?.isFull(now) ?? true)) {
        this.#buckets.delete(key);
      }
    }
    this.#sweepAt = Math.max(firstSweep, 2 * this.#buckets.size);
  }
}

function period({ perMs }: TokenRate): string {
  return periods.get(perMs) ?? `in ${perMs} ms`;
}

const periods: ReadonlyMap<number, string> = new Map([
  [1000, "a second"],
  [60_000, "a minute"],
  [3_600_000, "an hour"],
]);
