import assert from "node:assert/strict";
import type { LiveCredential } from "../../src/policy/live_credential.ts";
import { openAccessCredential } from "../../src/services/access_credential.ts";
import type { AccessCredential } from "../../src/services/cluster_access.ts";
import { TempDir } from "../support/temp_dir.ts";

function open(credential: AccessCredential, clock: { now: number }): LiveCredential {
  return openAccessCredential(credential, {
    name: "kubeconfig-prod",
    title: "The credential of the context prod",
    carriers: { fields: ["authorization"] },
    world: { now: () => clock.now, environment: { PATH: Deno.env.get("PATH") ?? "" } },
  });
}

function sent(live: LiveCredential): string | undefined {
  let line: string | undefined;
  const [field] = live.current().injection?.fields ?? [];
  field?.appendTo({ bytes: (octets) => line = new TextDecoder().decode(octets).trimEnd() });
  return line;
}

Deno.test("a token file is read once in two seconds, and again by the first request after them", async () => {
  await using dir = await TempDir.create();
  const path = await dir.write("token", "  first-token\n\n");
  const clock = { now: 0 };
  const live = open({ kind: "token_file", path }, clock);
  assert.match(live.current().unavailable ?? "", /has not been obtained yet$/);
  await live.renew();
  assert.equal(sent(live), "Authorization: Bearer first-token");
  await Deno.writeTextFile(path, "second-token");
  clock.now = 1999;
  assert.equal(live.renew(), undefined);
  assert.equal(sent(live), "Authorization: Bearer first-token");
  clock.now = 2000;
  await live.renew();
  assert.equal(sent(live), "Authorization: Bearer second-token");
  assert.deepEqual(live.recent.map(({ secret }) => secret.reveal()), [
    "second-token",
    "first-token",
  ]);
  clock.now = 4000;
  const before = live.recent;
  await live.renew();
  assert.equal(live.recent, before, "the same text is the same value");
});

Deno.test("a token file that is of no use leaves nothing to send, and is not waited for", async () => {
  await using dir = await TempDir.create();
  const fifo = dir.join("fifo");
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const table: [path: string, said: RegExp][] = [
    [await dir.write("empty", "\n"), /the token in its file is empty/],
    [await dir.write("two", "first-token\nsecond-token"), /the token in its file has a line break/],
    [dir.join("missing"), /its token file cannot be read: no such file/],
    [dir.path, /it is no regular file$/],
    [fifo, /it is no regular file$/],
  ];
  for (const [path, said] of table) {
    const live = open({ kind: "token_file", path }, { now: 0 });
    await live.renew();
    const { unavailable = "", injection } = live.current();
    assert.match(unavailable, said);
    assert.ok(!unavailable.includes(dir.path) && !unavailable.includes("-token"), unavailable);
    assert.equal(injection, undefined);
  }
});

Deno.test("a plugin's credential that does not say when it expires is used for five minutes", async () => {
  await using dir = await TempDir.create();
  const apiVersion = "client.authentication.k8s.io/v1";
  const answer = JSON.stringify({
    apiVersion,
    kind: "ExecCredential",
    status: { token: "a-token" },
  });
  const command = await dir.write(
    "plugin",
    `#!/bin/sh\necho >> ${dir.join("runs")}\necho '${answer}'\n`,
    { mode: 0o700 },
  );
  const clock = { now: 0 };
  const live = open({ kind: "exec", plugin: { command, args: [], env: {}, apiVersion } }, clock);
  await live.renew();
  assert.equal(sent(live), "Authorization: Bearer a-token");
  clock.now = 299_999;
  assert.equal(live.renew(), undefined);
  assert.equal((await Deno.stat(dir.join("runs"))).size, 1);
  clock.now = 300_000;
  live.renew();
  assert.equal(sent(live), "Authorization: Bearer a-token");
  for (let tries = 0; tries < 500 && (await Deno.stat(dir.join("runs"))).size < 2; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal((await Deno.stat(dir.join("runs"))).size, 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
});
