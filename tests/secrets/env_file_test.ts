import assert from "node:assert/strict";
import fc from "fast-check";
import { parseEnvFile } from "../../src/secrets/env_file.ts";

function values(text: string): Record<string, string> {
  const { entries, problems } = parseEnvFile(text);
  assert.deepEqual(problems, [], JSON.stringify(text));
  return Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
}

Deno.test("parseEnvFile() reads the forms that people write", () => {
  const table: [string, Record<string, string>][] = [
    ["", {}],
    ["A=1", { A: "1" }],
    ["A=1\nB=2\n", { A: "1", B: "2" }],
    ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["\uFEFFA=1", { A: "1" }],
    ["export A=1", { A: "1" }],
    ["  export\tA = 1  ", { A: "1" }],
    ["exportA=1", { exportA: "1" }],
    ["A=", { A: "" }],
    ["A=\nB=2", { A: "", B: "2" }],
    ["A=x=y==", { A: "x=y==" }],
    ["# note\n\n   \n\t# more\nA=1", { A: "1" }],
    ["A=abc#def", { A: "abc#def" }],
    ["A=abc #def", { A: "abc" }],
    ["A=abc\t# def", { A: "abc" }],
    ["A=#abc", { A: "#abc" }],
    ["A= #abc", { A: "" }],
    ["A= abc", { A: "abc" }],
    ["A=a b  c", { A: "a b  c" }],
    ["A='a b'", { A: "a b" }],
    ["A='a # b' # c", { A: "a # b" }],
    ['A="a # b"', { A: "a # b" }],
    ['A="" # none', { A: "" }],
    ["A='a\\n\"b'", { A: 'a\\n"b' }],
    ['A="a\\nb\\"c\\\\d"', { A: 'a\nb"c\\d' }],
    ['A="a\\tb\\$c"', { A: "a\\tb\\$c" }],
    ['A="$HOME ${B}"', { A: "$HOME ${B}" }],
    ['A=it"s', { A: 'it"s' }],
    ["A='line 1\nline 2'\nB=2", { A: "line 1\nline 2", B: "2" }],
    ['A="line 1\r\nline 2"\r\nB=2', { A: "line 1\nline 2", B: "2" }],
    ['A="\n# no comment\n"', { A: "\n# no comment\n" }],
    ["__proto__=1\nconstructor=2", Object.fromEntries([["__proto__", "1"], ["constructor", "2"]])],
  ];
  for (const [text, expected] of table) assert.deepEqual(values(text), expected, text);
});

Deno.test("parseEnvFile() tells the line of each name", () => {
  const { entries } = parseEnvFile("# top\nA='x\ny'\n\nB=2");
  assert.equal(entries.get("A")?.line, 2);
  assert.equal(entries.get("B")?.line, 5);
});

Deno.test("parseEnvFile() reports every problem with its line and never quotes the line", () => {
  const table: [string, number[], RegExp][] = [
    ["GITHUB sesame", [1], /NAME=value/],
    ["sesame", [1], /NAME=value/],
    ["export sesame", [1], /NAME=value/],
    ["=sesame", [1], /NAME=value/],
    ["1A=sesame", [1], /NAME=value/],
    ["A-B=sesame", [1], /NAME=value/],
    ["Aé=sesame", [1], /NAME=value/],
    ["OK=1\nses ame\nses+ame=", [2, 3], /NAME=value/],
    ['A="sesame', [1], /no closing/],
    ["A='sesame\nB=2\nC", [1, 3], /no closing|NAME=value/],
    ['A="ses"ame', [1], /after the closing quote/],
    ["A='ses'#ame", [1], /after the closing quote/],
    ['\nA="x\ny" sesame', [2], /after the closing quote/],
  ];
  for (const [text, lines, expected] of table) {
    const { problems } = parseEnvFile(text);
    assert.deepEqual(problems.map(({ line }) => line), lines, text);
    for (const { message } of problems) {
      assert.match(message, expected, text);
      assert.ok(!message.includes("ses"), message);
    }
  }
});

Deno.test("parseEnvFile() names both lines of a name that comes twice, and keeps the first", () => {
  const { entries, problems } = parseEnvFile("A=1\nB=2\nA=3");
  assert.deepEqual(problems, [{
    line: 3,
    message: "A is set here and on line 1: keep one of them",
  }]);
  assert.equal(entries.get("A")?.value, "1");
});

Deno.test("parseEnvFile() goes on after a quote that is never closed", () => {
  const { entries, problems } = parseEnvFile("A='x\nB=2");
  assert.equal(problems.length, 1);
  assert.equal(entries.get("B")?.value, "2");
});

Deno.test("parseEnvFile() never throws and never gives a name that no variable can have", () => {
  const piece = fc.constantFrom("A", "=", "'", '"', "\\", "#", " ", "\n", "\r\n", "\t", "export ");
  fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
    const text = pieces.join("");
    const { entries, problems } = parseEnvFile(text);
    const lineCount = text.split("\n").length;
    for (const [name, { line }] of entries) {
      assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/);
      assert.ok(line >= 1 && line <= lineCount);
    }
    for (const { line } of problems) assert.ok(line >= 1 && line <= lineCount);
  }));
});

Deno.test("parseEnvFile() reads back what is quoted, whatever it holds", () => {
  const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\r\n", "\n"));
  fc.assert(fc.property(text, (value) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    assert.deepEqual(values(`A="${escaped}"\nB=2`), { A: value, B: "2" });
    if (!value.includes("'")) assert.deepEqual(values(`A='${value}'`), { A: value });
  }));
});
