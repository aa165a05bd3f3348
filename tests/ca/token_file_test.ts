import assert from "node:assert/strict";
import { generateToken, openGeneratedToken, readGivenToken } from "../../src/ca/token_file.ts";
import { StartError } from "../../src/secrets/start_error.ts";
import { TempDir } from "../support/temp_dir.ts";
import { modeOf } from "./support.ts";

Deno.test("generateToken() gives 32 octets in base64url, others each time", () => {
  const token = generateToken();
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(generateToken(), token);
});

Deno.test("openGeneratedToken() makes a private file once, for several at a time", async () => {
  await using folder = await TempDir.create();
  const path = folder.join("token");
  const tokens = await Promise.all(Array.from({ length: 8 }, () => openGeneratedToken(path)));
  assert.equal(new Set(tokens).size, 1);
  assert.equal(await modeOf(path), "600");
  assert.equal(await Deno.readTextFile(path), `${tokens[0]}\n`);
});

Deno.test("openGeneratedToken() writes nothing if there is a token", async () => {
  await using folder = await TempDir.create();
  const token = await openGeneratedToken(folder.join("token"));
  await Deno.utime(folder.path, 0, 0);
  assert.equal(await openGeneratedToken(folder.join("token")), token);
  assert.equal((await Deno.stat(folder.path)).mtime?.getTime(), 0);
});

const refused = {
  "fifteen characters": "x".repeat(15),
  "a space": `${"x".repeat(16)} y`,
  "two lines": `${"x".repeat(16)}\ny`,
  "a control character": `${"x".repeat(16)}\u0001`,
  "a letter outside ASCII": `${"x".repeat(16)}ä`,
  "nothing": "",
};

for (const [what, text] of Object.entries(refused)) {
  Deno.test(`readGivenToken() refuses ${what}, and does not repeat it`, async () => {
    await using folder = await TempDir.create();
    const path = await folder.write("token", text);
    await assert.rejects(readGivenToken("--some-flag", path), (error: unknown) => {
      assert.ok(error instanceof StartError);
      assert.match(error.message, /^--some-flag .*16 or more printable characters/);
      assert.ok(!error.message.includes("xxxx"));
      return true;
    });
  });
}

Deno.test("readGivenToken() takes sixteen characters, and drops one line end", async () => {
  await using folder = await TempDir.create();
  for (const end of ["", "\n", "\r\n"]) {
    const path = await folder.write("token", `${"x".repeat(16)}${end}`);
    assert.equal(await readGivenToken("--some-flag", path), "x".repeat(16));
  }
});

Deno.test("readGivenToken() refuses a file that is missing or that others may read", async () => {
  await using folder = await TempDir.create();
  await assert.rejects(readGivenToken("--some-flag", folder.join("none")), StartError);
  const path = await folder.write("token", "x".repeat(16), { mode: 0o640 });
  await assert.rejects(readGivenToken("--some-flag", path), StartError);
});
