/**
 * A client of the table, run with what `auth-proxy env` prints and nothing else.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ClientName, clientNamed } from "../../src/clients/client_table.ts";
import { assertInjected } from "./assert_injected.ts";
import { clientVariables } from "./client_variables.ts";
import { type ClientOutput, startProgram } from "./clients.ts";
import { Lab } from "./lab.ts";
import { TempDir } from "./temp_dir.ts";
import { isFile } from "./tools.ts";
import type { Handler } from "./upstream.ts";
import { json } from "./upstream_scripts.ts";
import { waitUntil } from "./wait_until.ts";

/** The service that trials call. */
export const service = "https://api.corp.example";
const secret = "corp-real-credential-0123456789";
const rule = "api.corp.example,X-Corp-Token,CORP_TOKEN";

export interface Trial {
  /** The program and its arguments; a home of its own is its working folder. */
  readonly command: readonly string[];
  /** What the service answers; JSON with the login `octocat` if not given. */
  readonly handler?: Handler;
  /** What the client prints of the answer. */
  readonly prints?: RegExp;
  /** Files in the client's home. */
  readonly files?: Readonly<Record<string, string>>;
  /** Puts more into the client's home. */
  readonly prepare?: (home: TempDir) => Promise<void>;
}

/** Where a client runs. */
export interface TrialPlace {
  readonly home: TempDir;
  /** The bundle, as the client is told. */
  readonly bundle: string;
}

/** Whether each client is also run with the variables of its own row of the table, and no other. */
const triesRows = Deno.env.get("E2E_CLIENT_ROWS") === "1";

/**
 * Runs the client with all the variables, as a container would have them, and with E2E_CLIENT_ROWS=1 once
 * more with those alone that the table names for it. It prints the answer, and the service sees the
 * credential.
 */
export async function tryTrial(
  name: ClientName,
  makeTrial: (place: TrialPlace) => Trial | Promise<Trial>,
): Promise<void> {
  await using lab = await Lab.create();
  await using home = await TempDir.create();
  let answer: Handler = json({ login: "octocat" });
  const upstream = await lab.upstream(["api.corp.example:443"], (exchange) => answer(exchange));
  const proxy = await lab.proxy({ secrets: { CORP_TOKEN: secret }, args: ["--rule", rule] });
  const printed = await clientVariables(proxy, ["--rule", rule]);
  assert.ok(!JSON.stringify(printed).includes(secret));
  await waitUntil(() => isFile(`${proxy.caDir}/public/truststore.p12`), {
    what: "the proxy has written its truststore",
  });
  const trial = await makeTrial({ home, bundle: String(printed.SSL_CERT_FILE) });
  answer = trial.handler ?? answer;
  for (const [file, text] of Object.entries(trial.files ?? {})) await home.write(file, text);
  await trial.prepare?.(home);
  const { proxy: forProxy, trust } = clientNamed(name);
  const own = Object.fromEntries([...forProxy, ...trust].map((key) => [key, printed[key]]));
  for (const variables of triesRows ? [printed, own] : [printed]) {
    const output = await run(trial.command, { home, variables });
    const story = `${output.stdout}${output.stderr}\nThe proxy says:\n${proxy.stderr}`;
    assert.equal(output.code, 0, `${trial.command.join(" ")} exits ${output.code}:\n${story}`);
    assert.match(output.stdout, trial.prints ?? /octocat/, story);
    assert.ok(!story.includes(secret));
    assertInjected(upstream, { name: "x-corp-token", value: secret });
    upstream.requests.length = 0;
  }
}

async function run(
  command: readonly string[],
  { home, variables }: {
    home: TempDir;
    variables: Readonly<Record<string, string | undefined>>;
  },
): Promise<ClientOutput> {
  const env: Record<string, string> = { PATH: Deno.env.get("PATH") ?? "", HOME: home.path };
  for (const [name, value] of Object.entries(variables)) {
    assert.ok(value !== undefined, `auth-proxy env prints no ${name}`);
    env[name] = value;
  }
  await using client = startProgram(command, { env, dir: home });
  return await client.waitForExit();
}
