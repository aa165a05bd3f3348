import assert from "node:assert/strict";
import fc from "fast-check";
import { Fields } from "../../src/wire/fields.ts";
import { OctetBuffer } from "../../src/wire/octet_buffer.ts";
import { decodeLatin1, encodeLatin1 } from "../../src/wire/octets.ts";
import { WireError } from "../../src/wire/wire_error.ts";

function parse(text: string, maxLines = 100): Fields {
  const bytes = encodeLatin1(text);
  return Fields.parse(bytes, { start: 0, end: bytes.length, maxLines });
}

function entries(fields: Fields): [string, string][] {
  return Array.from(
    { length: fields.size },
    (_, index) => [fields.name(index), fields.value(index)],
  );
}

function refuses(text: string, state: RegExp): void {
  assert.throws(() => parse(text), (error) => {
    assert.ok(error instanceof WireError, `${error}`);
    assert.match(error.message, state, JSON.stringify(text));
    return true;
  });
}

Deno.test("Fields.parse() gives lower-case names and trimmed values, in order", () => {
  const table: [string, [string, string][]][] = [
    ["", []],
    ["Host: a\r\n", [["host", "a"]]],
    ["HOST:a\r\nhost:  b\r\nHost:\tc \t\r\n", [["host", "a"], ["host", "b"], ["host", "c"]]],
    ["A:\r\nB: \t \r\n", [["a", ""], ["b", ""]]],
    ["A: b: c, d \t e\r\n", [["a", "b: c, d \t e"]]],
    ["X-Q: a\r\n", [["x-q", "a"]]],
    ["A: \xe9\xff\r\n", [["a", "\xe9\xff"]]],
    ["!#$%&'*+-.^_`|~09AZ: v\r\n", [["!#$%&'*+-.^_`|~09az", "v"]]],
  ];
  for (const [text, expected] of table) assert.deepEqual(entries(parse(text)), expected);
});

Deno.test("Fields.parse() refuses what can be read in two ways", () => {
  const table: [string, RegExp][] = [
    [" A: b\r\n", /folded \(obs-fold\)/],
    ["\tA: b\r\n", /folded \(obs-fold\)/],
    ["A: b\r\n c\r\n", /folded \(obs-fold\)/],
    ["A: b\r\n\tc: d\r\n", /folded \(obs-fold\)/],
    ["A : b\r\n", /white space in or after its name/],
    ["A\t: b\r\n", /white space in or after its name/],
    ["A B: c\r\n", /white space in or after its name/],
    [": b\r\n", /its name is empty/],
    ["A\r\n", /it has no colon/],
    ["A: b\r\nC\r\n", /it has no colon/],
    ["\r\n", /it has no colon/],
    ["A: b\r\n\r\nC: d\r\n", /it has no colon/],
    ["A", /a character that a field name cannot have/],
    ["A(: b\r\n", /a character that a field name cannot have/],
    ["A\0: b\r\n", /a character that a field name cannot have/],
    ["\xc0: b\r\n", /a character that a field name cannot have/],
    ['"A": b\r\n', /a character that a field name cannot have/],
    ["A\n: b\r\n", /it has no colon/],
    ["A\r: b\r\n", /it has no colon/],
    ["A: b\0c\r\n", /field line: a control character in its value/],
    ["A: \x7f\r\n", /a control character in its value/],
    ["A: \x1b[0m\r\n", /a control character in its value/],
    ["A: b\rc\r\n", /a control character in its value/],
    ["A: b\nc\r\n", /a control character in its value/],
    ["A: b\r\r\n", /a control character in its value/],
    ["A: b\n", /a control character in its value/],
    ["A: b\r", /a control character in its value/],
    ["A: b", /a control character in its value/],
    ["A:", /a control character in its value/],
  ];
  for (const [text, state] of table) refuses(text, state);
});

Deno.test("Fields.parse() does not read past its end", () => {
  const bytes = encodeLatin1("A: b\r\nC: d\r\n");
  const range = (end: number) => Fields.parse(bytes, { start: 0, end, maxLines: 9 });
  assert.equal(range(6).size, 1);
  for (const end of [1, 2, 3, 4, 5, 7, 8, 11]) {
    assert.throws(() => range(end), WireError, `end ${end}`);
  }
});

Deno.test("Fields.parse() takes maxLines lines and no more", () => {
  assert.equal(parse("A: b\r\nA: b\r\n", 2).size, 2);
  assert.throws(() => parse("A: b\r\nA: b\r\n", 1), /more than 1 field lines/);
  assert.throws(() => parse("A: b\r\n", 0), WireError);
  assert.equal(parse("", 0).size, 0);
});

Deno.test("Fields finds lines by name: the first, all, and the members of a list", () => {
  const fields = parse("Via: a, B ,,\r\nX: 1\r\nVIA:\r\nvia: C\r\n");
  assert.equal(fields.has("via"), true);
  assert.equal(fields.has("Via"), false);
  assert.equal(fields.get("via"), "a, B ,,");
  assert.equal(fields.get("absent"), undefined);
  assert.deepEqual(fields.getAll("via"), ["a, B ,,", "", "C"]);
  assert.deepEqual(fields.getAll("absent"), []);
  assert.deepEqual(fields.list("via"), ["a", "b", "c"]);
  assert.deepEqual(fields.list("absent"), []);
});

Deno.test("Fields tells well-known names from others that are nearly the same", () => {
  for (const name of ["authorization", "content-length", "transfer-encoding", "x-api-key"]) {
    assert.equal(parse(`${name.toUpperCase()}: v\r\n`).get(name), "v");
    for (let at = 0; at < name.length; at++) {
      // The nearest neighbours of an octet, and the one that differs in the case bit alone.
      for (const change of [1, 0x20, 0x40]) {
        const octet = String.fromCharCode(name.charCodeAt(at) ^ change);
        const other = name.slice(0, at) + octet + name.slice(at + 1);
        if (!/^[\w!#$%&'*+.^`|~-]+$/.test(other) || other.toLowerCase() === name) continue;
        const fields = parse(`${other}: v\r\n`);
        assert.equal(fields.has(name), false, other);
        assert.equal(fields.name(0), other.toLowerCase());
      }
    }
  }
});

Deno.test("Fields.appendLineTo() copies a line as it came", () => {
  const lines = ["HoSt:  a \r\n", "X:\xff\r\n", "y:\r\n"];
  const fields = parse(lines.join(""));
  for (const [index, line] of lines.entries()) {
    const out = new OctetBuffer(1);
    fields.appendLineTo(out, index);
    assert.equal(decodeLatin1(out.view(), 0, out.length), line);
  }
});

Deno.test("Fields.parse() throws WireError alone, and what it accepts it gives back whole", () => {
  const piece = fc.constantFrom(
    "A",
    "b-c",
    ":",
    ": ",
    " ",
    "\t",
    "\r\n",
    "\r",
    "\n",
    "\0",
    "é",
    ",",
  );
  const nearly = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
  const line = fc.tuple(nearly, nearly).map(([name, value]) => `${name}:${value}\r\n`);
  fc.assert(
    fc.property(fc.oneof(nearly, line, fc.string({ unit: "binary-ascii" })), (text) => {
      try {
        const fields = parse(text);
        const out = new OctetBuffer(16);
        for (let index = 0; index < fields.size; index++) fields.appendLineTo(out, index);
        assert.equal(decodeLatin1(out.view(), 0, out.length), text);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Fields.hasOddNames tells of every character that CGI reads as it reads -", () => {
  assert.equal(parse("").hasOddNames, false);
  assert.equal(parse("A-b0: _\r\nX-9Z: a_b\r\n").hasOddNames, false);
  for (const character of "!#$%&'*+.^_`|~") {
    assert.equal(parse(`A: b\r\nX${character}Y: a\r\nC: d\r\n`).hasOddNames, true, character);
  }
});
