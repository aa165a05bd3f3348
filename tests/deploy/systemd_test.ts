/**
 * The contract: the unit starts the program with good arguments, as a user of its own, with what systemd
 * can take from it taken; what V8 needs is left.
 */

import assert from "node:assert/strict";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";
import { configOf, textOf } from "./deploy_files.ts";

const unit = await textOf("deploy/systemd/auth-proxy.service");

/** Every value of a key, with lines that go on put together. */
function valuesOf(key: string): string[] {
  const lines = unit.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines.filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

const specifiers: Readonly<Record<string, string>> = {
  "%E": "/etc",
  "%S": "/var/lib",
  "%C": "/var/cache",
  "%d": "/run/credentials/auth-proxy.service",
};

Deno.test("the unit's arguments are good, and a stop has the time that a drain takes", () => {
  const [start = ""] = valuesOf("ExecStart");
  const [program, ...args] = start.replaceAll(/%[A-Za-z]/g, (each) => specifiers[each] ?? each)
    .split(/\s+/);
  assert.equal(program, "/usr/local/bin/auth-proxy");
  const config = configOf(args);
  assert.deepEqual(config.secretsDirs, ["/run/credentials/auth-proxy.service"]);
  assert.equal(config.caDir, "/var/lib/auth-proxy");
  const [stop] = valuesOf("TimeoutStopSec");
  assert.ok(Number(stop) * 1000 > config.drainDelay + config.drainTimeout);
});

Deno.test("the unit has a user of its own, which sysusers.conf makes, and no capability", async () => {
  assert.deepEqual(valuesOf("User"), ["auth-proxy"]);
  assert.match(await textOf("deploy/systemd/sysusers.conf"), /^u auth-proxy - /m);
  assert.deepEqual(valuesOf("CapabilityBoundingSet"), [""]);
  assert.deepEqual(valuesOf("NoNewPrivileges"), ["yes"]);
  assert.deepEqual(valuesOf("ProtectSystem"), ["strict"]);
  assert.deepEqual(valuesOf("MemoryDenyWriteExecute"), ["no"]);
});

testWith("systemd finds nothing wrong with the unit, and little exposed", {
  needs: [tool("systemd-analyze")],
  async fn() {
    await using dir = await TempDir.create();
    // A program that is there: the one that the unit names is not.
    const path = await dir.write(
      "auth-proxy.service",
      unit.replaceAll("/usr/local/bin/auth-proxy", "/bin/true"),
      { mode: 0o644 },
    );
    const analyze = async (args: string[]) => {
      const command = new Deno.Command("systemd-analyze", { args: [...args, path] });
      const { code, stdout, stderr } = await command.output();
      return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
    };
    const verified = await analyze(["verify", "--man=no"]);
    const ours = verified.text.split("\n").filter((line) => /auth-proxy/.test(line));
    assert.deepEqual([verified.code, ours], [0, []], verified.text);
    const security = await analyze(["security", "--offline=yes", "--threshold=20", "--no-pager"]);
    assert.equal(security.code, 0, security.text.slice(-300));
  },
});
