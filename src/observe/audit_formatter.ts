import type { AuditDurations, AuditRecord } from "./audit_record.ts";
import { JsonLine } from "./json_line.ts";

/**
 * Writes audit records as lines of JSON: printable ASCII, one LF at the end, fields in one order.
 *
 * This is done for every request, so it is done in octets: as strings, whose pieces V8 keeps apart
 * until somebody looks at them, lines cost four times as much, most of it in garbage collection.
 */
export class AuditFormatter {
  readonly #line = new JsonLine();
  /** The second that `#date` is of, written as far as the second's fraction. */
  #second = NaN;
  #date = new Uint8Array(0);

  /**
   * @returns The line; it is overwritten by the next one.
   * @throws {RangeError} If the record's time is none.
   */
  format(record: AuditRecord): Uint8Array {
    const line = this.#line;
    line.clear();
    this.#time(record.time);
    this.#text(keys.id, record.id);
    this.#text(keys.kind, record.kind);
    this.#text(keys.agent, record.agent);
    this.#text(keys.proof, record.proof);
    this.#text(keys.client, record.client);
    this.#text(keys.method, record.method);
    this.#text(keys.authority, record.authority);
    this.#text(keys.path, record.path);
    this.#text(keys.rule, record.rule);
    this.#texts(keys.injected, record.injected);
    this.#text(keys.decision, record.decision);
    this.#text(keys.reason, record.reason);
    this.#text(keys.wouldDeny, record.wouldDeny);
    this.#text(keys.upstream, record.upstream);
    this.#text(keys.through, record.through);
    this.#text(keys.alpn, record.alpn);
    this.#number(keys.status, record.status);
    if (record.decrypted === true) line.raw(keys.decrypted);
    this.#number(keys.bytesIn, record.bytesIn);
    this.#number(keys.bytesOut, record.bytesOut);
    if (record.ms !== undefined) this.#durations(record.ms);
    if (record.redactions !== undefined) this.#counts(keys.redactions, record.redactions);
    this.#texts(keys.canary, record.canary);
    this.#texts(keys.canaryInBody, record.canaryInBody);
    this.#number(keys.lost, record.lost);
    line.raw(marks.end);
    return line.octets;
  }

  /** RFC 3339, in UTC with milliseconds. */
  #time(time: number): void {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      const text = new Date(second * 1000).toISOString();
      this.#date = encode(`{"time":"${text.slice(0, -"000Z".length)}`);
      this.#second = second;
    }
    this.#line.raw(this.#date);
    this.#line.digits(Math.floor(time - second * 1000), 100);
    this.#line.raw(marks.endOfTime);
  }

  #text(key: Uint8Array, value: string | undefined): void {
    if (value === undefined) return;
    this.#line.raw(key);
    this.#line.text(value);
  }

  #number(key: Uint8Array, value: number | undefined): void {
    if (value === undefined) return;
    this.#line.raw(key);
    this.#line.number(value);
  }

  #texts(key: Uint8Array, values: readonly string[] | undefined): void {
    if (values === undefined) return;
    this.#line.raw(key);
    this.#line.raw(marks.openList);
    for (const [index, value] of values.entries()) {
      if (index > 0) this.#line.raw(marks.comma);
      this.#line.text(value);
    }
    this.#line.raw(marks.closeList);
  }

  #counts(key: Uint8Array, values: Readonly<Record<string, number>>): void {
    this.#line.raw(key);
    this.#line.raw(marks.openObject);
    for (const [index, [name, count]] of Object.entries(values).entries()) {
      if (index > 0) this.#line.raw(marks.comma);
      this.#line.text(name);
      this.#line.raw(marks.colon);
      this.#line.number(count);
    }
    this.#line.raw(marks.closeObject);
  }

  #durations({ total, connect, firstByte }: AuditDurations): void {
    this.#line.raw(keys.total);
    this.#line.milliseconds(total);
    if (connect !== undefined) {
      this.#line.raw(keys.connect);
      this.#line.milliseconds(connect);
    }
    if (firstByte !== undefined) {
      this.#line.raw(keys.firstByte);
      this.#line.milliseconds(firstByte);
    }
    this.#line.raw(marks.closeObject);
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const keys = {
  id: encode(',"id":'),
  kind: encode(',"kind":'),
  agent: encode(',"agent":'),
  proof: encode(',"proof":'),
  client: encode(',"client":'),
  method: encode(',"method":'),
  authority: encode(',"authority":'),
  path: encode(',"path":'),
  rule: encode(',"rule":'),
  injected: encode(',"injected":'),
  decision: encode(',"decision":'),
  reason: encode(',"reason":'),
  wouldDeny: encode(',"would_deny":'),
  upstream: encode(',"upstream":'),
  through: encode(',"through":'),
  alpn: encode(',"alpn":'),
  status: encode(',"status":'),
  decrypted: encode(',"decrypted":true'),
  bytesIn: encode(',"bytes_in":'),
  bytesOut: encode(',"bytes_out":'),
  total: encode(',"ms":{"total":'),
  connect: encode(',"connect":'),
  firstByte: encode(',"first_byte":'),
  redactions: encode(',"redactions":'),
  canary: encode(',"canary":'),
  canaryInBody: encode(',"canary_in_body":'),
  lost: encode(',"lost":'),
} as const;

const marks = {
  openList: encode("["),
  closeList: encode("]"),
  openObject: encode("{"),
  closeObject: encode("}"),
  comma: encode(","),
  colon: encode(":"),
  endOfTime: encode('Z"'),
  end: encode("}\n"),
} as const;
