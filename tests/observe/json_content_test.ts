import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonContent } from "../../src/observe/json_content.ts";

Deno.test("jsonContent() leaves printable ASCII as it is, and escapes what is just outside", () => {
  const table: [string, string][] = [
    ["", ""],
    [" !#[]~", " !#[]~"],
    ["\x1f", "\\u001f"],
    ["~\x7f", "~\\u007f"],
    ['"', '\\"'],
    ["\\", "\\\\"],
    ["\r\n", "\\r\\n"],
    ["\x1b[2J", "\\u001b[2J"],
    ["\x80\x9f\xa0é", "\\u0080\\u009f\\u00a0\\u00e9"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    // Right-to-left override, which makes "gpj.exe" read as "exe.jpg".
    ["\u202e", "\\u202e"],
    ["\ud800", "\\ud800"],
    ["😀", "\\ud83d\\ude00"],
  ];
  for (const [text, expected] of table) assert.equal(jsonContent(text), expected);
});

Deno.test("jsonContent() of any string is printable ASCII, and JSON that gives it back", () => {
  const units = fc.array(fc.oneof(fc.nat({ max: 0xffff }), fc.nat({ max: 0xff })));
  fc.assert(fc.property(units, (codes) => {
    const text = String.fromCharCode(...codes);
    const content = jsonContent(text);
    assert.match(content, /^[\x20-\x7e]*$/);
    assert.equal(JSON.parse(`"${content}"`), text);
  }));
});
