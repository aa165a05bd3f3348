import assert from "node:assert/strict";
import { variableOfFile } from "../../src/secrets/secret_file_names.ts";

Deno.test("variableOfFile() upper-cases, knows the aliases and skips what is no variable", () => {
  const table: [string, string | undefined][] = [
    ["github_token", "GITHUB_TOKEN"],
    ["GitHub_Token", "GITHUB_TOKEN"],
    ["github-token", "GITHUB_TOKEN"],
    ["anthropic_key", "ANTHROPIC_API_KEY"],
    ["ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY"],
    ["pagerduty_token", "PAGERDUTY_TOKEN"],
    ["sentry_token", "SENTRY_AUTH_TOKEN"],
    ["k8s_token", "K8S_TOKEN"],
    ["k8s_token_prod", "K8S_TOKEN_PROD"],
    ["talos_token", "TALOS_TOKEN"],
    ["..data", undefined],
    [".hidden", undefined],
    ["README.md", undefined],
    ["1password", undefined],
    ["", undefined],
    ["tokén", undefined],
  ];
  for (const [name, expected] of table) assert.equal(variableOfFile(name), expected, name);
});
