/**
 * The contract of `auth-proxy doctor`: on the host, what would keep the proxy from its work is named with
 * what mends it, and no credential is sent anywhere.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { type Outcome, runProxyToExit } from "../support/proxy_process.ts";
import { TestRoot } from "../support/test_pki.ts";
import type { Handler } from "../support/upstream.ts";
import { json } from "../support/upstream_scripts.ts";

const token = "ghp_realCredentialOfTheHost0123456789";
const rule = ["--rule", "api.corp.example,X-Key,CORP_KEY"];

interface DoctorOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function doctor(lab: Lab, { args = [], env }: DoctorOptions = {}): Promise<Outcome> {
  const outcome = await runProxyToExit([
    ...["doctor", "--ca-dir", lab.dir.join("ca"), "--listen", "127.0.0.1:0"],
    ...["--admin", "127.0.0.1:0", ...lab.args, ...rule, ...args],
  ], { dir: lab.dir, env: env ?? { CORP_KEY: token } });
  assert.ok(!(outcome.stdout + outcome.stderr).includes(token));
  return outcome;
}

function assertFound({ code, stdout, stderr }: Outcome, says: RegExp, mend: RegExp): void {
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout, says);
  assert.match(stdout, mend);
}

/** An answer that says what time it is. */
function at(time: number): Handler {
  return async (exchange) => {
    await exchange.respond({ fields: { Date: new Date(time).toUTCString() } });
  };
}

Deno.test("doctor finds nothing wrong where nothing is, and sends no credential", async () => {
  await using lab = await Lab.create();
  const api = await lab.upstream(["api.corp.example:443"], at(Date.now()));
  const { code, stdout } = await doctor(lab);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /ok +configuration: it can be run: 1 rule\n/);
  assert.match(stdout, /note +CA: there is none yet: the first start makes it/);
  assert.match(stdout, /ok +api\.corp\.example[^\n]*: api\.corp\.example answers/);
  assert.match(stdout, /ok +clock: it agrees with api\.corp\.example/);
  assert.match(stdout, /Nothing is broken/);
  assert.deepEqual(api.requests.map(({ method, target }) => [method, target]), [["HEAD", "/"]]);
  assert.ok(!JSON.stringify(api.requests.map(({ fields }) => fields)).includes(token));
});

Deno.test("doctor prints JSON", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  const { stdout } = await doctor(lab, { args: ["--format", "json"] });
  const { checks } = JSON.parse(stdout);
  assert.ok(
    checks.some(({ level, subject }: Record<string, string>) =>
      level === "ok" && subject === "configuration"
    ),
  );
});

Deno.test("doctor finds a port that is taken", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const found = await doctor(lab, { args: ["--admin", `127.0.0.1:${taken.addr.port}`] });
  assertFound(found, /FAIL +--admin: \S+ is in use/, /stop what listens there, or choose another/);
});

Deno.test("doctor finds a credential that is missing", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  assertFound(
    await doctor(lab, { env: {} }),
    /FAIL +\S+: it has no credential: [^\n]*CORP_KEY/,
    /mend: give it one, or remove the rule/,
  );
});

Deno.test("doctor finds a broken configuration", async () => {
  await using lab = await Lab.create();
  const file = await lab.dir.write("auth-proxy.yaml", "egres: { default: deny }\n");
  assertFound(
    await doctor(lab, { args: ["--config", file] }),
    /FAIL +\S+auth-proxy\.yaml:1:1: /,
    /did you mean egress\?/,
  );
});

Deno.test("doctor finds a service that is not there", async () => {
  await using lab = await Lab.create();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  lab.connectTo("api.corp.example:443", `127.0.0.1:${listener.addr.port}`);
  listener.close();
  assertFound(
    await doctor(lab),
    /FAIL +\S+: api\.corp\.example: The connection was refused/,
    /mend: nothing listens there/,
  );
});

Deno.test("doctor finds a name that does not resolve", async () => {
  await using lab = await Lab.create();
  assertFound(
    await doctor(lab, { args: ["--rule", "api.nowhere.invalid,X-Key,CORP_KEY"] }),
    /FAIL +\S+: [^\n]*api\.nowhere\.invalid/,
    /mend: correct the host, or this machine's resolver/,
  );
});

Deno.test("doctor finds a certificate that nobody vouches for", async () => {
  await using lab = await Lab.create();
  const foreign = await TestRoot.create("foreign");
  const certificate = await foreign.issue({ names: ["api.corp.example"] });
  await lab.upstream(["api.corp.example:443"], json({}), { certificate });
  assertFound(
    await doctor(lab),
    /FAIL +\S+: [^\n]*certificate/,
    /mend: name its CA with --upstream-ca/,
  );
});

Deno.test("doctor finds a clock that is wrong", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], at(Date.now() + 3_600_000));
  assertFound(
    await doctor(lab),
    /FAIL +clock: it is (59|60) minutes behind api\.corp\.example/,
    /mend: set it, and keep it right/,
  );
});

Deno.test("doctor finds a CA key that others can read", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  const proxy = await lab.proxy({ caDir: lab.dir.join("ca") });
  await proxy.stop();
  await Deno.chmod(lab.dir.join("ca/private/ca-key.pem"), 0o644);
  assertFound(await doctor(lab), /FAIL +--ca-dir: [^\n]*ca-key\.pem/, /chmod/);
});

Deno.test("doctor finds an environment in which TLS protects nothing", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  assertFound(
    await doctor(lab, { env: { CORP_KEY: token, NODE_TLS_REJECT_UNAUTHORIZED: "0" } }),
    /FAIL +NODE_TLS_REJECT_UNAUTHORIZED: it turns certificate verification off/,
    /unset it/,
  );
});

Deno.test("doctor finds that the proxy which runs lacks what is configured by now", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  const proxy = await lab.proxy({ caDir: lab.dir.join("ca") });
  assertFound(
    await doctor(lab, { args: ["--listen", `127.0.0.1:${proxy.port}`] }),
    /FAIL +127\.0\.0\.1:\d+: the proxy that runs there has no credential for /,
    /mend: restart it with these options, or have it reload/,
  );
});

Deno.test("doctor warns of an env file that others can read", async () => {
  await using lab = await Lab.create();
  await lab.upstream(["api.corp.example:443"], json({}));
  const file = await lab.dir.write("secrets.env", `GITHUB_TOKEN=${token}\n`, { mode: 0o644 });
  lab.connectTo("api.github.com:443", "127.0.0.1:1");
  const { stdout } = await doctor(lab, { args: ["--env-file", file] });
  assert.match(stdout, /warn +--env-file \S*secrets\.env: [^\n]*chmod 600/);
});
