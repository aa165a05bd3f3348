import assert from "node:assert/strict";
import { readText } from "../../src/secrets/text_file.ts";
import { credentialOf } from "../../src/policy/rule.ts";
import { buildRules } from "../../src/services/build_rules.ts";
import type { ClusterSetting, ServiceSetting } from "../../src/services/service_setting.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";
import { storeOf } from "./support.ts";

type Settings = Record<string, Partial<ServiceSetting>>;

function rulesOf(
  environment: Record<string, string>,
  { services = {}, clusters = [] }: { services?: Settings; clusters?: ClusterSetting[] } = {},
) {
  const settings = Object.entries(services).map(([name, setting]): [string, ServiceSetting] => [
    name,
    { where: "c.yaml:1:1", enabled: true, secrets: {}, ...setting },
  ]);
  const built = buildRules({
    secrets: storeOf(environment, [], ["OTHER", "T"]),
    ruleFlags: [],
    services: new Map(settings),
    clusters,
    readCa: (path) => readText(path),
    readText,
  });
  assert.deepEqual(built.problems, []);
  return built.ruleSet;
}

Deno.test("an Atlassian site has its user, its token or its personal token, and its hosts from the file", () => {
  const secrets = { ATLASSIAN_API_TOKEN: "api_0123", OTHER: "other_0123" };
  const hosts = ["jira.corp.example"];
  const basic = rulesOf(secrets, {
    services: { atlassian: { hosts, user: "me@corp.example", secrets: { token: "OTHER" } } },
  }).rules[0];
  assert.deepEqual(basic?.fields, [{
    header: "Authorization",
    format: "Basic base64(me@corp.example:${ATLASSIAN_API_TOKEN})",
  }]);
  assert.equal(basic?.unavailable, undefined);
  assert.deepEqual(basic?.hosts.map(({ host }) => host), hosts);
  const pat = rulesOf(secrets, { services: { atlassian: { hosts, secrets: { pat: "OTHER" } } } });
  assert.deepEqual(pat.rules[0]?.fields.map(({ format }) => format), ["Bearer ${ATLASSIAN_PAT}"]);
  const userless = rulesOf(secrets, { services: { atlassian: { hosts } } }).rules[0];
  assert.match(userless?.unavailable ?? "", /ATLASSIAN_EMAIL is not set/);
});

Deno.test("a service that is off has no rule, whatever is set; one that is on has one without a secret", () => {
  const environment = {
    SENTRY_AUTH_TOKEN: "sentry_0123",
    K8S_HOSTS: "a.example",
    K8S_TOKEN: "k_0123456",
  };
  const names = (services: Settings) =>
    rulesOf(environment, { services }).rules.map(({ name }) => name);
  assert.deepEqual(names({}), ["sentry", "kubernetes"]);
  assert.deepEqual(names({ sentry: { enabled: false } }), ["kubernetes"]);
  assert.deepEqual(names({ kubernetes: { enabled: false } }), ["sentry"]);
  const [linear] = rulesOf({}, { services: { linear: {} } }).rules;
  assert.equal(linear?.unavailable, "LINEAR_API_KEY is not set");
});

Deno.test("a cluster of the file may show a certificate, under another name and CA", async () => {
  await using dir = await TempDir.create();
  const root = await TestRoot.create("cluster root");
  const { cert, key } = await root.issue({ names: ["client"] });
  const cluster: ClusterSetting = {
    where: "c.yaml:1:1",
    service: "talos",
    name: "home",
    server: "https://10.5.0.2:50000",
    ca: await dir.write("ca.pem", root.pem),
    clientCertificate: await dir.write("c.pem", cert),
    clientKey: await dir.write("k.pem", key),
    serverName: "talos.internal",
  };
  const [rule] = rulesOf({}, { clusters: [cluster] }).rules;
  assert.equal(rule?.name, "talos-home");
  assert.deepEqual(rule?.hosts, [{ kind: "exact", host: "10.5.0.2", port: 50000 }]);
  assert.equal(rule?.serverName, "talos.internal");
  assert.equal(rule?.trustAnchors, root.pem);
  assert.ok(credentialOf(rule).clientCertificate !== undefined);
  assert.ok((rule?.deniedEndpoints?.endpoints.length ?? 0) > 0);
  const token = { ...cluster, token: "T" };
  const [both] = rulesOf({ T: "token_0123" }, { clusters: [token] }).rules;
  assert.deepEqual(both?.fields, [{ header: "Authorization", format: "Bearer ${T}" }]);
});
