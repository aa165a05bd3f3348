import assert from "node:assert/strict";
import { resolve } from "node:path";
import fc from "fast-check";
import { parseConfigFile as parseFile, readConfigFile } from "../../src/config/config_file.ts";
import { noFile } from "../../src/config/settings.ts";
import { serviceOptions } from "../../src/services/service_options.ts";
import { parseHostFilter } from "../../src/policy/host_filter.ts";
import { brokenConfigs } from "./broken_configs.ts";
import { TempDir } from "../support/temp_dir.ts";

const services = serviceOptions();
const parseConfigFile = (text: string, path: string) => parseFile(text, { path, services });
const hash = "0123456789abcdef".repeat(4);

const everything = `
listen: 127.0.0.1:9090
admin: "[::1]:0"
rules:
  - [api.newservice.com, Authorization, NEWSERVICE_TOKEN]
  - [api.newservice.com, X-Key, NEWSERVICE_KEY]
  - name: org-a
    match: { host: github.com, port: 8443, path: "/orgA/**", methods: [GET, POST] }
    inject: { headers: { Authorization: "token \${ORG_A};v=1" }, remove: [X-Extra] }
    agents: [ci, dev]
  - match:
      host: "*.Corp.Example"
    inject:
      basic: { user: me, password: "\${PASS}" }
egress:
  default: deny
  mode: report
  allow: [{ host: "*.npmjs.org", methods: [GET] }]
  deny: [{ host: gist.github.com }, { host: 10.0.0.0/8, port: 22, path: /x, agents: [ci] }]
agents: { ci: { token_sha256: "${hash.toUpperCase()}" } }
audit: { file: ./audit.jsonl, max_size: 64KiB, keep: 3, required: true }
redaction: { off: [big.example], allow_range: ["*.example"] }
canaries: { action: refuse }
rate_limits:
  - { rule: org-a, agents: [ci], requests: 100/m, burst: 10 }
  - { requests: 5/s }
  - { upload: 10MB/h }
`;

Deno.test("parseConfigFile() reads every section", () => {
  const { file, problems } = parseConfigFile(everything, "dir/c.yaml");
  assert.deepEqual(problems, []);
  const bearer = { kind: "prefix", prefix: "Bearer " };
  const { settings, written, limits, secrets, services, clusters, ...sections } = file;
  const folder = resolve("dir");
  assert.deepEqual(settings, {
    listen: { value: "127.0.0.1:9090", origin: "dir/c.yaml:2:9" },
    admin: { value: "[::1]:0", origin: "dir/c.yaml:3:8" },
    auditFile: { value: `${folder}/audit.jsonl`, origin: "dir/c.yaml:21:16" },
    auditRequired: { value: true, origin: "dir/c.yaml:21:67" },
  });
  assert.deepEqual([...written.keys()], [
    ...["rules", "egress", "agents", "audit", "redaction", "canaries", "rate_limits"],
  ]);
  assert.deepEqual([limits, [...secrets], [...services], clusters], [[], [], [], []]);
  assert.deepEqual(sections, {
    fileRules: [
      {
        where: "dir/c.yaml:5:5",
        form: "line",
        pattern: { kind: "exact", host: "api.newservice.com", port: 443 },
        fields: [{ name: "Authorization", format: bearer, variable: "NEWSERVICE_TOKEN" }],
      },
      {
        where: "dir/c.yaml:6:5",
        form: "line",
        pattern: { kind: "exact", host: "api.newservice.com", port: 443 },
        fields: [{
          name: "X-Key",
          format: { kind: "prefix", prefix: "" },
          variable: "NEWSERVICE_KEY",
        }],
      },
      {
        where: "dir/c.yaml:7:5",
        form: "block",
        name: "org-a",
        pattern: { kind: "exact", host: "github.com", port: 8443 },
        path: "/orgA/**",
        methods: ["GET", "POST"],
        fields: [{
          name: "Authorization",
          format: { kind: "prefix", prefix: "token ", suffix: ";v=1" },
          variable: "ORG_A",
        }],
        removeFields: ["X-Extra"],
        agents: ["ci", "dev"],
      },
      {
        where: "dir/c.yaml:11:5",
        form: "block",
        pattern: { kind: "suffix", host: "corp.example", port: 443 },
        fields: [{
          name: "Authorization",
          format: { kind: "basic", user: "me" },
          variable: "PASS",
        }],
      },
    ],
    egress: {
      default: "deny",
      mode: "report",
      ruleHosts: "allowed",
      allow: [{
        host: parseHostFilter("*.npmjs.org"),
        methods: ["GET"],
        place: "egress.allow[0]",
      }],
      deny: [
        { host: parseHostFilter("gist.github.com"), place: "egress.deny[0]" },
        {
          host: parseHostFilter("10.0.0.0/8"),
          port: 22,
          path: "/x",
          agents: ["ci"],
          place: "egress.deny[1]",
        },
      ],
    },
    agents: [{ name: "ci", tokenSha256: hash }],
    audit: { maxBytes: 65_536, keep: 3, required: false },
    redaction: {
      off: [parseHostFilter("big.example")],
      allowRange: [parseHostFilter("*.example")],
    },
    canaries: "refuse",
    rateLimits: [
      {
        where: "dir/c.yaml:25:13",
        rule: "org-a",
        agents: ["ci"],
        requests: { count: 100, perMs: 60_000, burst: 10 },
      },
      { where: "dir/c.yaml:26:5", requests: { count: 5, perMs: 1000, burst: 5 } },
      { where: "dir/c.yaml:27:5", upload: { bytes: 10_000_000, perMs: 3_600_000 } },
    ],
  });
});

Deno.test("parseConfigFile() has defaults for what is not said", () => {
  for (const text of ["", "# nothing\n", "---\n", "{}"]) {
    const { file, problems } = parseConfigFile(text, "c.yaml");
    assert.deepEqual({ file, problems }, { file: noFile, problems: [] }, text);
  }
  const { file } = parseConfigFile(
    "audit: {}\negress: {}\nredaction: {}\ncanaries: {}\n",
    "c.yaml",
  );
  assert.deepEqual(file.audit, { maxBytes: 100_000_000, keep: 10, required: false });
  assert.deepEqual(file.egress, {
    default: "allow",
    mode: "enforce",
    ruleHosts: "allowed",
    allow: [],
    deny: [],
  });
  assert.deepEqual(file.redaction, { off: [], allowRange: [] });
  assert.equal(file.canaries, "alarm");
});

for (const [what, text, lines] of brokenConfigs) {
  Deno.test(`parseConfigFile() refuses ${what}, and says how to mend it`, () => {
    const { file, problems } = parseConfigFile(text, "c.yaml");
    assert.deepEqual(problems.map(({ where, message }) => `${where}: ${message}`), [
      ...lines.map((line) => `c.yaml:${line}`),
    ]);
    assert.equal(file, noFile);
    assert.doesNotMatch(JSON.stringify(problems), /sesame/i);
  });
}

Deno.test("parseConfigFile() refuses what is nested beyond measure", () => {
  for (const text of ["[".repeat(40) + "]".repeat(40), "[".repeat(100_000), "a: ".repeat(1000)]) {
    assert.notDeepEqual(parseConfigFile(text, "c.yaml").problems, []);
  }
});

Deno.test("parseConfigFile() throws nothing, whatever the text, and takes none of it back", () => {
  const word = fc.constantFrom(
    ..."rules: egress: allow: host: - [ ] { } , : * & ! | > ' \" # \n \t ${A} sesame a.example.com"
      .split(" "),
    "\n  ",
    "\n    - ",
  );
  const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (each) => {
      const { file, problems } = parseConfigFile(each, "c.yaml");
      if (problems.length > 0) assert.equal(file, noFile);
      for (const { where, message } of problems) {
        assert.match(where, /^c\.yaml:[1-9]\d*:[1-9]\d*$/);
        assert.doesNotMatch(message, /\n/);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("readConfigFile() reads UTF-8 of at most 1 MiB, and says why it cannot", async () => {
  await using dir = await TempDir.create();
  const good = await dir.write("good.yaml", `# ${"x".repeat(1024 * 1024 - 3)}\n`);
  assert.deepEqual((await readConfigFile(good, services)).problems, []);
  const long = await dir.write("long.yaml", `# ${"x".repeat(1024 * 1024 - 2)}\n`);
  const binary = dir.join("binary.yaml");
  await Deno.writeFile(binary, new Uint8Array([0xff, 0xfe]));
  const table: [string, string][] = [
    [long, "Cannot read it: it is longer than 1024 KiB; is it the right file?"],
    [binary, "Cannot read it: it is not UTF-8 text; save it as UTF-8"],
    [dir.join("nowhere"), "Cannot read it: no such file or folder; is the path right?"],
    [dir.join("."), "Cannot read it: it is a folder, name a file"],
  ];
  for (const [path, message] of table) {
    const { problems } = await readConfigFile(path, services);
    assert.deepEqual(problems, [{ where: `--config ${path}`, message }]);
  }
});
