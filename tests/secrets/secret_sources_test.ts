import assert from "node:assert/strict";
import { ClaudeCodeSource } from "../../src/secrets/claude_code_source.ts";
import { CommandSource } from "../../src/secrets/command_source.ts";
import { Renewable } from "../../src/secrets/renewable.ts";
import type { CommandSpec } from "../../src/secrets/secret_spec.ts";
import { TempDir } from "../support/temp_dir.ts";
import { type SourceUnderTest, testSourceContract } from "./secret_source_contract.ts";

const now = () => Date.now();

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}

function commandUnderTest(format: CommandSpec["format"]): () => Promise<SourceUnderTest> {
  return async () => {
    const dir = await TempDir.create();
    const file = dir.join("value");
    const source = new CommandSource({
      kind: "command",
      argv: ["cat", file],
      env: {},
      format,
      key: "data.token",
      ttl: 60_000,
      timeout: 10_000,
      maxStale: 60_000,
    }, { name: "tested", environment: { PATH: Deno.env.get("PATH") ?? "" }, now });
    return {
      source,
      give: async (value) => {
        const json = JSON.stringify({ data: { token: value }, expires_in: 3600 });
        await Deno.writeTextFile(file, format === "json" ? json : `${value}\n`);
      },
      take: () => removeIfThere(file),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  };
}

testSourceContract("CommandSource of text", commandUnderTest("text"));
testSourceContract("CommandSource of JSON", commandUnderTest("json"));

testSourceContract("ClaudeCodeSource", async () => {
  const dir = await TempDir.create();
  const path = dir.join(".credentials.json");
  return {
    source: new ClaudeCodeSource({ kind: "claude_code", path }, { name: "tested", now }),
    give: async (accessToken) => {
      const expiresAt = Date.now() + 3_600_000;
      const claudeAiOauth = { accessToken, refreshToken: "s3cr3t-refresh", expiresAt };
      await Deno.writeTextFile(path, JSON.stringify({ claudeAiOauth }));
    },
    take: () => removeIfThere(path),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
});

Deno.test("ClaudeCodeSource: a login that was ended is not used until its token would have expired", async () => {
  await using dir = await TempDir.create();
  const path = dir.join(".credentials.json");
  let time = Date.now();
  const claudeAiOauth = { accessToken: "s3cr3t-access", expiresAt: time + 8 * 3_600_000 };
  await Deno.writeTextFile(path, JSON.stringify({ claudeAiOauth }));
  const clock = () => time;
  const source = new ClaudeCodeSource({ kind: "claude_code", path }, { name: "t", now: clock });
  const obtain = () => source.obtain();
  const renewable = new Renewable({ title: "T", now: clock, obtain, meanwhile: "keep", pause: 0 });
  await renewable.renew();
  await Deno.remove(path);
  time += 3_000;
  await renewable.renew();
  assert.ok(renewable.value !== undefined, "Claude Code may be writing it anew");
  time += 30_000;
  await renewable.renew();
  assert.equal(renewable.value, undefined);
  assert.match(renewable.reason, /its file cannot be read/);
});
