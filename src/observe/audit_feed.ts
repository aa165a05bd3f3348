import type { AuditRecord } from "./audit_record.ts";
import { type TrafficSecond, TrafficTally } from "./traffic_second.ts";

/** Somebody who watches what is written to the audit log. Nothing of it may throw. */
export interface AuditWatcher {
  /** @param line Gives the record's line, as it is in the log; only while this runs. */
  onRecord(record: AuditRecord, line: () => string): void;
  /** What went on in the second that has just ended; also if it was nothing. */
  onSecond(second: TrafficSecond): void;
  /** Nothing follows: the proxy stops. */
  onEnd(): void;
}

/** How many may watch at once. */
const MOST_WATCHERS = 16;

/** Hands on what is audited to those who watch, and costs nothing while nobody does. */
export class AuditFeed {
  readonly #watchers = new Set<AuditWatcher>();
  readonly #tally = new TrafficTally();
  #timer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /** @returns How to end it; `undefined` if too many watch already, or the proxy stops. */
  watch(watcher: AuditWatcher): (() => void) | undefined {
    if (this.#closed || this.#watchers.size >= MOST_WATCHERS) return undefined;
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.#tick(), 1000);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  /** @param octets The record's line; they are overwritten by the next one. */
  publish(record: AuditRecord, octets: Uint8Array): void {
    if (this.#watchers.size === 0) return;
    const { kind, rule, agent, decision, decrypted, ms } = record;
    const { connect, firstByte } = ms ?? {};
    this.#tally.add({ kind, rule, agent, decision, decrypted, connect, firstByte });
    let text: string | undefined;
    const line = () => text ??= new TextDecoder().decode(octets);
    for (const watcher of this.#watchers) watcher.onRecord(record, line);
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.onEnd();
    this.#watchers.clear();
    this.#rest();
  }

  #tick(): void {
    const second = this.#tally.take(Math.floor(Date.now() / 1000) - 1);
    for (const watcher of this.#watchers) watcher.onSecond(second);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#tally.take(0);
  }
}
