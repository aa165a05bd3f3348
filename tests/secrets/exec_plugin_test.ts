import assert from "node:assert/strict";
import { type ExecPlugin, runExecPlugin } from "../../src/secrets/exec_plugin.ts";
import { RenewalError } from "../../src/secrets/renewable.ts";
import { TempDir } from "../support/temp_dir.ts";
import { delay } from "../support/wait_until.ts";

const environment = { PATH: Deno.env.get("PATH") ?? "" };

async function run(script: string, { timeout = 10_000, ...rest }: Partial<ExecPlugin> & {
  timeout?: number;
} = {}): Promise<string> {
  await using dir = await TempDir.create();
  const command = await dir.write("plugin", `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const plugin = { command, args: [], env: {}, apiVersion: "client.authentication.k8s.io/v1" };
  return await runExecPlugin({ ...plugin, ...rest }, { environment, timeout });
}

function saying(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RenewalError);
    assert.match(error.message, pattern);
    return true;
  };
}

Deno.test("runExecPlugin() gives what was printed, and passes arguments as they are", async () => {
  const args = ["a b", "$(echo no)", "*", "'"];
  assert.equal(await run(`printf '%s|' "$@"`, { args }), "a b|$(echo no)|*|'|");
  assert.equal(await run("echo $A; cat", { env: { A: "given" } }), "given\n");
  const info = JSON.parse(await run(`printf '%s' "$KUBERNETES_EXEC_INFO"`));
  assert.deepEqual(info, {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: { interactive: false },
  });
});

Deno.test("runExecPlugin() says how a plugin has failed, and nothing that it said", async () => {
  const secret = "echo sesame; echo sesame >&2;";
  await assert.rejects(
    run(`${secret} exit 7`),
    saying(/^the plugin plugin exited with 7; run it by/),
  );
  await assert.rejects(
    run(`${secret} kill -9 $$`),
    saying(/^the plugin plugin was ended by SIGKILL/),
  );
  await assert.rejects(
    run("", { command: "no-such-program-here" }),
    saying(/there is no such program/),
  );
  await assert.rejects(
    run("", { command: "/etc/passwd" }),
    saying(/it may not be executed by this/),
  );
  await assert.rejects(run("yes sesame"), saying(/^the plugin plugin prints too much$/));
});

Deno.test("runExecPlugin() ends a plugin that does not end, though others hold its output", async () => {
  const started = performance.now();
  await assert.rejects(
    run("sleep 3 & sleep 3", { timeout: 300 }),
    saying(/^the plugin plugin has not ended within 0.3 s$/),
  );
  assert.ok(performance.now() - started < 2500);
});

Deno.test("runExecPlugin() leaves nothing behind of a plugin that does not end", async () => {
  await using dir = await TempDir.create();
  const mark = dir.join("mark");
  // The first has ended by then, and what it has started holds its output.
  for (const script of ["sleep 1; ", "("]) {
    const end = script === "(" ? ") & exit 0" : "; true";
    await assert.rejects(
      run(`${script} sh -c 'sleep 1; touch "$MARK"' ${end}`, { env: { MARK: mark }, timeout: 200 }),
      saying(/has not ended/),
    );
  }
  await delay(2500);
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
});
