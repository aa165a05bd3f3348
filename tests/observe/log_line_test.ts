import assert from "node:assert/strict";
import { jsonLogLine, type LoggedRecord, textSuffix } from "../../src/observe/log_line.ts";

const record: LoggedRecord = {
  level: "warning",
  timestamp: Date.UTC(2026, 10, 25, 10, 0, 0, 7),
  rawMessage: "refused",
  properties: { id: "0123456789ab-7", reason: "x", absent: undefined, status: 502 },
};

Deno.test("jsonLogLine() has the level, the time, the message and the properties, in this order", () => {
  assert.equal(
    jsonLogLine(record),
    '{"level":"warn","time":"2026-11-25T10:00:00.007Z","message":"refused",' +
      '"id":"0123456789ab-7","reason":"x","status":502}\n',
  );
});

Deno.test("jsonLogLine() and textSuffix() are one line of printable ASCII, whatever a value holds", () => {
  const reason = 'a\nb\r\u2028\u009b31m\u202e"\u{1f600}\x7f';
  const properties = { reason, list: [reason], "k\n": 1 };
  const line = jsonLogLine({ ...record, properties });
  assert.match(line, /^[\x20-\x7e]+\n$/);
  assert.equal(JSON.parse(line).reason, reason);
  assert.match(textSuffix({ properties: { reason } }), /^ reason="[\x20-\x7e]+"$/);
});

Deno.test("jsonLogLine() takes braces in a message for what they are", () => {
  const { message } = JSON.parse(jsonLogLine({ ...record, rawMessage: "{id} {}" }));
  assert.equal(message, "{id} {}");
});

Deno.test("textSuffix() leaves out what is absent", () => {
  assert.equal(textSuffix(record), ' id="0123456789ab-7" reason="x" status=502');
});
