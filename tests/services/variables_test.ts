import assert from "node:assert/strict";
import { isSettingVariable, isWantedVariable } from "../../src/services/variables.ts";

Deno.test("isSettingVariable() holds for hosts, CA files and user names only", () => {
  const settings = [
    "GRAFANA_HOST",
    "ATLASSIAN_HOST",
    "ATLASSIAN_EMAIL",
    "GITHUB_ENTERPRISE_HOST",
    "K8S_HOSTS",
    "K8S_HOSTS_PROD",
    "K8S_CA",
    "K8S_CA_PROD",
    "TALOS_HOSTS",
    "TALOS_CA",
  ];
  for (const name of settings) assert.equal(isSettingVariable(name), true, name);
  for (const name of ["GITHUB_TOKEN", "K8S_TOKEN", "K8S_TOKEN_HOSTS", "K8S_TOKEN_CA", "PATH"]) {
    assert.equal(isSettingVariable(name), false, name);
  }
});

Deno.test("isWantedVariable() holds for what a service, a hint or a --rule can use", () => {
  const wanted = ["GITHUB_TOKEN", "GH_TOKEN", "K8S_TOKEN_PROD", "K8S_CA", "GRAFANA_HOST", "MINE"];
  for (const name of wanted) assert.equal(isWantedVariable(name, new Set(["MINE"])), true, name);
  for (const name of ["PATH", "HOME", "AWS_SECRET_ACCESS_KEY", "OTHER"]) {
    assert.equal(isWantedVariable(name, new Set(["MINE"])), false, name);
  }
});
