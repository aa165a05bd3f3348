/**
 * The contract: `config` prints what holds and where it was said, in words that mean the same when they
 * are read again; `schema` prints a schema that lets every configuration through that is one.
 */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { runProxyToExit } from "../support/proxy_process.ts";
import { brokenConfigs } from "../config/broken_configs.ts";
import { TempDir } from "../support/temp_dir.ts";

const example = new URL("../../auth-proxy.example.yaml", import.meta.url).pathname;

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using dir = await TempDir.create();
  const { code, stdout, stderr } = await runProxyToExit(args, { dir, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What is printed, but for where it is from. */
function meaning(text: string): unknown {
  return parse(text);
}

Deno.test("config prints each value with its origin", async () => {
  await using dir = await TempDir.create();
  const file = await dir.write(
    "c.yaml",
    "listen: 127.0.0.1:1\nadmin: 127.0.0.1:2\nenv_files: [./s.env]\nlimits: { pool-size: 7 }\n" +
      "secrets: { gh: { command: [./gh.sh] } }\nrules: [[a.example, X-Key, gh]]\n" +
      "services: { kubernetes: { kubeconfigs: [./k], contexts: [a] } }\n",
  );
  const text = await run(
    ["config", "--config", file, "--listen", "127.0.0.1:9", "--rule", "b.example:8443,X-Key,B"],
    { AUTH_PROXY_ADMIN: "127.0.0.1:8", AUTH_PROXY_LIMIT: "pool-total=9" },
  );
  const expected = [
    "listen: 127.0.0.1:9 # --listen",
    "admin: 127.0.0.1:8 # AUTH_PROXY_ADMIN",
    "log_format: text # default",
    `# ${file}:3:12\nenv_files:\n  - ${dir.join("s.env")}`,
    `  pool-size: "7" # ${file}:4:22`,
    '  pool-total: "9" # AUTH_PROXY_LIMIT',
    '  max-streams: "100" # default',
    `# ${file}:5:10\nsecrets:`,
    `      - ${dir.join("gh.sh")}`,
    `# --rule, ${file}:6:8\nrules:`,
    `    # ${file}:7:40\n    kubeconfigs:\n      - ${dir.join("k")}`,
  ];
  for (const line of expected) assert.ok(text.includes(line), `${line}\nis not in\n${text}`);
});

Deno.test("what config prints says the same when it is read again, from anywhere", async () => {
  await using dir = await TempDir.create();
  const flags = [
    ...["--rule", "api.x.com,Authorization,X_TOKEN,Token token={}"],
    ...["--rule", "*.y.com:8443,X-Key,Y_TOKEN", "--rule", "[::1]:1,Authorization,Z,basic:me"],
    ...["--limit", "idle-timeout=5m", "--allow-unauthenticated", "--drain-timeout", "1.5"],
    ...["--connect-to", "a:1:b:2", "--via", "me", "--audit-file", "none"],
  ];
  for (const args of [["--config", example], flags, ["--config", example, ...flags], []]) {
    const first = await run(["config", ...args]);
    const file = await dir.write("printed.yaml", first);
    const second = await run(["config", "--config", file]);
    assert.deepEqual(meaning(second), meaning(first));
  }
});

Deno.test("config leaves a rule of the file out that a --rule takes the place of", async () => {
  await using dir = await TempDir.create();
  const rules = "rules:\n  - [a.example, X-Key, A]\n  - [b.example, X-Key, B]\n";
  const file = await dir.write("c.yaml", rules);
  const text = await run(["config", "--config", file, "--rule", "a.example,X-Other,C"]);
  assert.deepEqual((meaning(text) as { rules: unknown }).rules, [
    { match: { host: "a.example" }, inject: { headers: { "X-Other": "${C}" } } },
    ["b.example", "X-Key", "B"],
  ]);
});

Deno.test("config prints no secret, whatever the files and the environment hold", async () => {
  await using dir = await TempDir.create();
  const env = await dir.write("s.env", "GITHUB_TOKEN=ghp_sesame_0123\n", { mode: 0o600 });
  const text = await run(["config", "--env-file", env], { SENTRY_AUTH_TOKEN: "sesame_of_sentry" });
  assert.doesNotMatch(text, /sesame/);
});

Deno.test("schema prints a schema that the example and what config prints keep to", async () => {
  const schema = JSON.parse(await run(["schema"]));
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false })
    .compile(schema);
  const printed = await run(["config", "--config", example]);
  for (const text of [await Deno.readTextFile(example), printed]) {
    assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
  }
  assert.equal(typeof schema.properties.rules.description, "string");
  for (const [key, property] of Object.entries(schema.properties)) {
    assert.ok((property as { description?: string }).description, `${key} is described`);
  }
});

/** What the schema can tell of the broken files: that keys and kinds of values are wrong. */
const told = [
  "a slip in a key",
  "a foreign key",
  "a secret in the place of its source",
  "a slip in a source",
  "a command as one text",
  "a command of nothing",
  "a command with another key",
  "a time without a unit",
  "a file that is a number",
  "a slip in a service",
  "a service that is a secret",
  "hosts of a service that has its own",
  "a limit that is a list",
  "words for a choice",
  "a removal of no header",
];

Deno.test("schema refuses what is no configuration, as far as a schema can tell", async () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(await run(["schema"])));
  for (const what of told) {
    const broken = brokenConfigs.find(([name]) => name === what);
    assert.ok(broken !== undefined, what);
    assert.equal(validate(parse(broken[1])), false, `${what}: ${broken[1]}`);
  }
});
