import type { AuditDurations, AuditRecord } from "./audit_record.ts";
import { bounded } from "./bounded_text.ts";
import { jsonText } from "./json_text.ts";

/**
 * Writes audit records as lines of JSON: printable ASCII, one LF at the end, fields in one order, no
 * text longer than 2048 characters.
 *
 * Put together by hand, as it is done for every request: `JSON.stringify` takes half as long again,
 * and its text would still have to be made printable.
 */
export class AuditFormatter {
  /** The second that `#date` is of. */
  #second = NaN;
  #date = "";

  /** @throws {RangeError} If the record's time is none. */
  format(record: AuditRecord): string {
    let line = '{"time":"' + this.#timestamp(record.time) + '"';
    if (record.id !== undefined) line += ',"id":' + text(record.id);
    line += ',"kind":"' + record.kind + '"';
    if (record.agent !== undefined) line += ',"agent":' + text(record.agent);
    if (record.proof !== undefined) line += ',"proof":' + text(record.proof);
    if (record.client !== undefined) line += ',"client":' + text(record.client);
    if (record.method !== undefined) line += ',"method":' + text(record.method);
    if (record.authority !== undefined) line += ',"authority":' + text(record.authority);
    if (record.path !== undefined) line += ',"path":' + text(record.path);
    if (record.rule !== undefined) line += ',"rule":' + text(record.rule);
    if (record.injected !== undefined) line += ',"injected":' + list(record.injected);
    if (record.decision !== undefined) line += ',"decision":"' + record.decision + '"';
    if (record.reason !== undefined) line += ',"reason":' + text(record.reason);
    if (record.wouldDeny !== undefined) line += ',"would_deny":' + text(record.wouldDeny);
    if (record.upstream !== undefined) line += ',"upstream":' + text(record.upstream);
    if (record.alpn !== undefined) line += ',"alpn":' + text(record.alpn);
    if (record.status !== undefined) line += ',"status":' + record.status;
    if (record.decrypted !== undefined) line += ',"decrypted":' + record.decrypted;
    if (record.bytesIn !== undefined) line += ',"bytes_in":' + record.bytesIn;
    if (record.bytesOut !== undefined) line += ',"bytes_out":' + record.bytesOut;
    if (record.ms !== undefined) line += ',"ms":' + durations(record.ms);
    if (record.redactions !== undefined) line += ',"redactions":' + counts(record.redactions);
    if (record.canary !== undefined) line += ',"canary":' + list(record.canary);
    if (record.canaryInBody !== undefined) {
      line += ',"canary_in_body":' + list(record.canaryInBody);
    }
    if (record.lost !== undefined) line += ',"lost":' + record.lost;
    return line + "}\n";
  }

  /** RFC 3339 in UTC with milliseconds. */
  #timestamp(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#date = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
      this.#second = second;
    }
    return this.#date + threeDigits(Math.floor(time - second * 1000)) + "Z";
  }
}

function text(value: string): string {
  return jsonText(bounded(value));
}

function list(texts: readonly string[]): string {
  return "[" + texts.map(text).join(",") + "]";
}

function counts(numbers: Readonly<Record<string, number>>): string {
  const entries = Object.entries(numbers).map(([name, count]) => text(name) + ":" + count);
  return "{" + entries.join(",") + "}";
}

function durations({ total, connect, firstByte }: AuditDurations): string {
  let object = '{"total":' + milliseconds(total);
  if (connect !== undefined) object += ',"connect":' + milliseconds(connect);
  if (firstByte !== undefined) object += ',"first_byte":' + milliseconds(firstByte);
  return object + "}";
}

/** To the microsecond: what is finer is noise of the clock. */
function milliseconds(value: number): string {
  const micros = Math.round(value * 1000);
  const whole = Math.floor(micros / 1000);
  const fraction = micros - whole * 1000;
  return fraction === 0 ? String(whole) : whole + "." + threeDigits(fraction);
}

function threeDigits(value: number): string {
  return value < 10 ? "00" + value : value < 100 ? "0" + value : String(value);
}
