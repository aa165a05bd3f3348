import assert from "node:assert/strict";
import { inspect } from "node:util";
import { dropFinalNewline, parseSecretValue, Secret } from "../../src/secrets/secret.ts";

const value = "ghp_doNotPrintMe";
const secret = new Secret("GITHUB_TOKEN", value);

function captureConsole(print: () => void): string {
  const { log } = console;
  let printed = "";
  console.log = (...args: unknown[]) => printed += args.map((arg) => Deno.inspect(arg)).join(" ");
  try {
    print();
  } finally {
    console.log = log;
  }
  return printed;
}

Deno.test("Secret gives its value to reveal() only", () => {
  assert.equal(secret.reveal(), value);
  assert.equal(secret.name, "GITHUB_TOKEN");
});

Deno.test("Secret prints [redacted] whichever way it becomes text", () => {
  const table: [string, string][] = [
    ["String()", String(secret)],
    ["template", `${secret}`],
    ["concatenation", "" + secret],
    ["JSON", JSON.stringify({ secret })],
    ["Deno.inspect", Deno.inspect({ deep: [secret] })],
    ["Deno.inspect hidden", Deno.inspect(secret, { showHidden: true, depth: 9 })],
    ["util.inspect", inspect({ deep: { secret } })],
    ["util.inspect hidden", inspect(secret, { showHidden: true, customInspect: true })],
    ["console.log", captureConsole(() => console.log("here:", secret))],
    ["Error", String(new Error(`failed with ${secret}`).stack)],
    ["Error cause", Deno.inspect(new Error("failed", { cause: secret }))],
  ];
  for (const [how, text] of table) {
    assert.ok(text.includes("[redacted]"), `${how}: ${text}`);
    assert.ok(!text.includes(value), `${how}: ${text}`);
  }
});

Deno.test("Secret has no property that holds its value", () => {
  const texts = [
    JSON.stringify({ ...secret }),
    JSON.stringify(Object.entries(secret)),
    JSON.stringify(structuredClone({ ...secret })),
    inspect(secret, { customInspect: false, showHidden: true }),
    Reflect.ownKeys(secret).map(String).join(),
  ];
  for (const text of texts) assert.ok(!text.includes(value), text);
  assert.equal(Number(secret), NaN);
});

Deno.test("Secret is revealed in two files of src", async () => {
  const found: string[] = [];
  const src = new URL("../../src/", import.meta.url);
  const visit = async (folder: URL) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      else {
        const url = new URL(name, folder);
        const reveals = (await Deno.readTextFile(url)).includes(".reveal(");
        if (reveals) found.push(url.href.slice(src.href.length));
      }
    }
  };
  await visit(src);
  assert.deepEqual(found.sort(), ["policy/inject.ts", "secrets/source_credentials.ts"]);
});

Deno.test("parseSecretValue() accepts printable ASCII", () => {
  for (const text of ["x", "ghp_abc#def=+/", "two words", "a\"b'c\\"]) {
    const parsed = parseSecretValue("TOKEN", text);
    assert.ok("secret" in parsed, text);
    assert.equal(parsed.secret.reveal(), text);
    assert.equal(parsed.secret.name, "TOKEN");
  }
});

Deno.test("parseSecretValue() refuses what cannot stand in a field, without quoting it", () => {
  const table: [string, RegExp][] = [
    ["", /is empty/],
    ["sesame\nX-Evil: 1", /line break/],
    ["sesame\r", /line break/],
    ["sesame\n", /line break/],
    ["ses\u0000ame", /control character.*0x00/],
    ["ses\u0001ame", /control character.*0x01/],
    ["ses\u001fame", /control character.*0x1f/],
    ["ses\tame", /control character.*0x09/],
    ["ses\u007fame", /control character.*0x7f/],
    ["sésame", /outside ASCII/],
    ["sesame\u{1F511}", /outside ASCII/],
    ["\uFEFFsesame", /outside ASCII/],
    [" sesame", /white space/],
    ["sesame ", /white space/],
  ];
  for (const [text, expected] of table) {
    const parsed = parseSecretValue("TOKEN", text);
    assert.ok("refusal" in parsed, JSON.stringify(text));
    assert.match(parsed.refusal, expected);
    assert.ok(!/sesame|Evil/.test(parsed.refusal), parsed.refusal);
  }
});

Deno.test("dropFinalNewline() drops exactly one LF or CRLF", () => {
  const table: [string, string][] = [
    ["a", "a"],
    ["a\n", "a"],
    ["a\r\n", "a"],
    ["a\n\n", "a\n"],
    ["a\r\n\r\n", "a\r\n"],
    ["a\r", "a\r"],
    ["\n", ""],
    ["", ""],
  ];
  for (const [text, expected] of table) assert.equal(dropFinalNewline(text), expected);
});
