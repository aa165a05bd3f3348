import { AuditFeed, type AuditWatcher } from "./audit_feed.ts";
import { AuditFormatter } from "./audit_formatter.ts";
import type { AuditRecord } from "./audit_record.ts";
import { AuditRing } from "./audit_ring.ts";
import type { AuditSettings } from "./audit_settings.ts";
import type { AuditSink } from "./audit_sink.ts";
import type { Log } from "./log.ts";
import { openAuditSink } from "./open_audit_sink.ts";

export interface AuditTrailOptions {
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A clock that never goes back, in milliseconds. */
  readonly clock: () => number;
}

/** How many lines the admin API can show. */
const shown = 1000;
/** Octets of them that are kept: half a kilobyte and more for each. */
const shownBytes = 1_048_576;

/** The audit log: takes records, writes their lines and remembers the last ones. */
export class AuditTrail {
  readonly #formatter = new AuditFormatter();
  readonly #feed = new AuditFeed();
  readonly #ring = new AuditRing(shownBytes);
  readonly #sink: AuditSink;
  readonly #required: boolean;

  private constructor(sink: AuditSink, required: boolean) {
    this.#sink = sink;
    this.#required = required;
  }

  /** @throws {StartError} If the log cannot be written. */
  static async open(settings: AuditSettings, options: AuditTrailOptions): Promise<AuditTrail> {
    const sink = await openAuditSink(settings, {
      ...options,
      onLoss: (lost, reason) => {
        trail.record({
          time: options.now(),
          kind: "alarm",
          reason: `audit lines were lost: ${reason}`,
          lost,
        });
      },
    });
    const trail = new AuditTrail(sink, settings.required);
    return trail;
  }

  /** Whether requests are to be refused: the log is required and cannot be written. */
  get refuses(): boolean {
    return this.#required && this.#sink.failing;
  }

  /** How many lines were lost since the start. */
  get lost(): number {
    return this.#sink.lost;
  }

  /** Never waits and never fails. */
  record(record: AuditRecord): void {
    const line = this.#formatter.format(record);
    this.#ring.add(line);
    this.#sink.write(line);
    this.#feed.publish(record, line);
  }

  /** The last `limit` lines, 1000 at most, the youngest at the end. */
  recent(limit: number): string[] {
    return this.#ring.recent(Math.min(limit, shown));
  }

  /** Shows every record from now on. @returns How to end it; `undefined` if too many watch already. */
  watch(watcher: AuditWatcher): (() => void) | undefined {
    return this.#feed.watch(watcher);
  }

  /** Writes what is left; the records that come after it are lost. Nobody watches any more. */
  close(): Promise<void> {
    this.#feed.close();
    return this.#sink.close();
  }
}
