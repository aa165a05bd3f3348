import assert from "node:assert/strict";
import { buildCatalogueRules } from "../../src/services/catalogue_rules.ts";
import { buildNamedClusters } from "../../src/services/named_clusters.ts";
import { credentialOf } from "../../src/policy/rule.ts";
import { readCa, storeOf } from "./support.ts";

Deno.test("buildCatalogueRules() sends the credential that the file names, whatever else is set", () => {
  const secrets = storeOf({ ANTHROPIC_API_KEY: "k", MY_LOGIN: "o" }, [], ["MY_LOGIN"]);
  const setting = { where: "f:1:1", enabled: true, secrets: { oauth_token: "MY_LOGIN" } };
  const { rules } = buildCatalogueRules(secrets, new Map([["claude", setting]]));
  const names = rules.filter(({ service }) => service === "claude")
    .map((rule) => credentialOf(rule).injection?.names);
  assert.deepEqual(names, [["Authorization"]]);
});

Deno.test("buildNamedClusters() refuses a wildcard for a cluster's server", () => {
  const { rules, problems } = buildNamedClusters([{
    where: "f:1:1",
    service: "kubernetes",
    name: "prod",
    server: "https://*.k8s.corp.example:6443",
    token: "K8S",
  }], { secrets: storeOf({ K8S: "t" }, [], ["K8S"]), files: { readCa, readText: readCa } });
  assert.deepEqual(rules, []);
  assert.deepEqual(problems, [{
    where: "f:1:1",
    message: "Cannot send a cluster's credential to a wildcard: write the server's own host",
  }]);
});
