import assert from "node:assert/strict";
import { isClusterVariable, sortClusterVariables } from "../../src/services/cluster_variables.ts";

Deno.test("isClusterVariable() knows the families and their parts", () => {
  const table: [string, boolean][] = [
    ["K8S_TOKEN", true],
    ["K8S_TOKEN_PROD", true],
    ["TALOS_TOKEN", true],
    ["TALOS_TOKEN_EU_PROD", true],
    ["K8S_HOSTS", false],
    ["K8S_TOKENS", false],
    ["K8S_TOKENPROD", false],
    ["MY_K8S_TOKEN", false],
    ["k8s_token", false],
  ];
  for (const [name, expected] of table) {
    assert.equal(isClusterVariable(name, ["TOKEN"]), expected, name);
  }
  assert.equal(isClusterVariable("K8S_CA_PROD", ["HOSTS", "CA"]), true);
});

Deno.test("sortClusterVariables() groups by cluster, lower-cases and reads _ as -", () => {
  const { shared, clusters, problems } = sortClusterVariables([
    "K8S_TOKEN",
    "K8S_TOKEN_PROD",
    "K8S_HOSTS_PROD",
    "K8S_CA_EU_WEST_1",
    "K8S_TOKEN_HOSTS",
    "K8S_TOKENS",
    "TALOS_TOKEN_PROD",
    "GITHUB_TOKEN",
  ], "K8S");
  assert.deepEqual(problems, []);
  assert.deepEqual(shared, { TOKEN: "K8S_TOKEN" });
  assert.deepEqual(Object.fromEntries(clusters), {
    prod: { TOKEN: "K8S_TOKEN_PROD", HOSTS: "K8S_HOSTS_PROD" },
    "eu-west-1": { CA: "K8S_CA_EU_WEST_1" },
    hosts: { TOKEN: "K8S_TOKEN_HOSTS" },
  });
});

Deno.test("sortClusterVariables() refuses names of no cluster, and two names of one", () => {
  const { problems } = sortClusterVariables([
    "K8S_TOKEN_",
    "K8S_HOSTS__PROD",
    "K8S_TOKEN_A",
    "K8S_TOKEN_a",
  ], "K8S");
  assert.deepEqual(problems.map(({ where }) => where).sort(), [
    "K8S_HOSTS__PROD",
    "K8S_TOKEN_",
    "K8S_TOKEN_a",
  ]);
});
