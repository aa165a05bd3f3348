import type { AuditDurations, AuditRecord } from "./audit_record.ts";
import { isPlain, jsonContent } from "./json_content.ts";

/** Longest text in a line, in characters: a client may send as much as a head may have. */
const longestText = 2048;

/**
 * Writes audit records as lines of JSON: printable ASCII, one LF at the end, fields in one order, no
 * text longer than 2048 characters.
 *
 * This is done for every request, so lines are put together by hand, and what needs no escape (almost
 * everything) is found out in one go.
 */
export class AuditFormatter {
  /** The second that `#date` is of. */
  #second = NaN;
  #date = "";

  /** @throws {RangeError} If the record's time is none. */
  format(record: AuditRecord): string {
    const safe = isSafe(record) ? record : escaped(record);
    // Each text is left open, for the next field to close: one piece less to join.
    let line = '{"time":"' + this.#timestamp(safe.time);
    if (safe.id !== undefined) line += '","id":"' + safe.id;
    line += '","kind":"' + safe.kind;
    if (safe.agent !== undefined) line += '","agent":"' + safe.agent;
    if (safe.proof !== undefined) line += '","proof":"' + safe.proof;
    if (safe.client !== undefined) line += '","client":"' + safe.client;
    if (safe.method !== undefined) line += '","method":"' + safe.method;
    if (safe.authority !== undefined) line += '","authority":"' + safe.authority;
    if (safe.path !== undefined) line += '","path":"' + safe.path;
    if (safe.rule !== undefined) line += '","rule":"' + safe.rule;
    if (safe.decision !== undefined) line += '","decision":"' + safe.decision;
    if (safe.reason !== undefined) line += '","reason":"' + safe.reason;
    if (safe.wouldDeny !== undefined) line += '","would_deny":"' + safe.wouldDeny;
    if (safe.upstream !== undefined) line += '","upstream":"' + safe.upstream;
    if (safe.alpn !== undefined) line += '","alpn":"' + safe.alpn;
    line += '"';
    if (safe.status !== undefined) line += ',"status":' + safe.status;
    if (safe.decrypted !== undefined) line += ',"decrypted":' + safe.decrypted;
    if (safe.bytesIn !== undefined) line += ',"bytes_in":' + safe.bytesIn;
    if (safe.bytesOut !== undefined) line += ',"bytes_out":' + safe.bytesOut;
    if (safe.ms !== undefined) line += ',"ms":' + durations(safe.ms);
    if (safe.injected !== undefined) line += ',"injected":' + list(safe.injected);
    if (safe.redactions !== undefined) line += ',"redactions":' + counts(safe.redactions);
    if (safe.canary !== undefined) line += ',"canary":' + list(safe.canary);
    if (safe.canaryInBody !== undefined) line += ',"canary_in_body":' + list(safe.canaryInBody);
    if (safe.lost !== undefined) line += ',"lost":' + safe.lost;
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

/** Whether no text of the record needs to be escaped or cut. */
function isSafe(record: AuditRecord): boolean {
  if (record.redactions !== undefined) return false;
  // What is absent counts as "undefined", which is plain.
  const texts = `${record.id}${record.agent}${record.proof}${record.client}${record.method}` +
    `${record.authority}${record.path}${record.rule}${record.injected}${record.reason}` +
    `${record.wouldDeny}${record.upstream}${record.alpn}${record.canary}${record.canaryInBody}`;
  return texts.length <= longestText && isPlain(texts);
}

/** The record with every text made fit to stand between quotation marks. */
function escaped(record: AuditRecord): AuditRecord {
  const entries = Object.entries(record).map(([key, value]) => [key, escapedValue(value)]);
  return Object.fromEntries(entries);
}

function escapedValue(value: AuditRecord[keyof AuditRecord]): unknown {
  if (typeof value === "string") return jsonContent(bounded(value));
  if (Array.isArray(value)) return value.map(escapedValue);
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, count]) => [jsonContent(bounded(name)), count]),
  );
}

function bounded(text: string): string {
  return text.length <= longestText ? text : text.slice(0, longestText) + "…";
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? "[]" : '["' + texts.join('","') + '"]';
}

function counts(numbers: Readonly<Record<string, number>>): string {
  const entries = Object.entries(numbers).map(([name, count]) => '"' + name + '":' + count);
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
