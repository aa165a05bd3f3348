import type { AuditWatcher } from "../observe/audit_feed.ts";
import type { AuditRecord } from "../observe/audit_record.ts";
import type { TrafficSecond } from "../observe/traffic_second.ts";
import { pastSeconds, recentRecords } from "./recent_traffic.ts";

/** What the admin API needs to tell of requests as they happen. */
export interface EventsView {
  readonly watchAudit: (watcher: AuditWatcher) => (() => void) | undefined;
  /** The last lines of the audit log, the youngest at the end. */
  readonly recentAudit: (limit: number) => readonly string[];
}

/** Octets that may wait for a reader; what comes while there are more is left out. */
const MOST_WAITING = 262_144;
/** Records in a second: no one reads more, and a page should not be busy with them. */
const MOST_RECORDS = 50;
/** Refusals, failures and alarms in a second, beside those. */
const MOST_BAD_RECORDS = 200;

/**
 * Opens a stream of server-sent events (WHATWG HTML section 9.2):
 *
 * - `record`: one line of the audit log; the last ones come first;
 * - `second`: what went on in one second, added up, see {@linkcode TrafficSecond};
 * - `omitted`: how many records of that second were left out.
 *
 * A slow reader costs no more than {@linkcode MOST_WAITING} octets: the rest is left out.
 *
 * @returns `undefined` if too many watch already, or the proxy stops.
 */
export function openEventStream(view: EventsView): ReadableStream<Uint8Array> | undefined {
  let end: (() => void) | undefined;
  let started = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const events = new EventWriter(controller);
      end = view.watchAudit({
        onRecord: (record, line) => events.record(record, line),
        onSecond: (second) => events.second(second),
        onEnd: () => controller.close(),
      });
      if (end === undefined) return;
      started = true;
      const lines = view.recentAudit(1000);
      events.past(pastSeconds(lines), recentRecords(lines));
    },
    cancel: () => end?.(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }));
  return started ? body : undefined;
}

/** Writes events, as long as there is room. */
class EventWriter {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  #records = 0;
  #badRecords = 0;
  #omitted = 0;

  constructor(controller: ReadableStreamDefaultController<Uint8Array>) {
    this.#controller = controller;
  }

  /** What happened before somebody listened, in one piece. */
  past(seconds: readonly TrafficSecond[], lines: readonly string[]): void {
    const events = [
      ...seconds.map((second) => format("second", JSON.stringify(second))),
      ...lines.map((line) => format("record", line.trimEnd())),
    ];
    this.#controller.enqueue(encode(events.join("") + format("live", "{}")));
  }

  record(record: AuditRecord, line: () => string): void {
    if (record.decrypted === true && record.decision === "allow") return;
    const isBad = record.kind === "alarm" || record.decision !== "allow";
    const isOver = isBad ? ++this.#badRecords > MOST_BAD_RECORDS : ++this.#records > MOST_RECORDS;
    if (isOver || !this.#write("record", () => line().trimEnd())) this.#omitted++;
  }

  second(second: TrafficSecond): void {
    this.#write("second", () => JSON.stringify(second));
    const omitted = this.#omitted;
    if (omitted > 0 && this.#write("omitted", () => JSON.stringify({ count: omitted }))) {
      this.#omitted = 0;
    }
    this.#records = 0;
    this.#badRecords = 0;
  }

  #write(event: string, data: () => string): boolean {
    if ((this.#controller.desiredSize ?? 0) <= 0) return false;
    this.#controller.enqueue(encode(format(event, data())));
    return true;
  }
}

/** @param data JSON on one line. */
function format(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
