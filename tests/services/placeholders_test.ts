import assert from "node:assert/strict";
import { encodedForms } from "../../src/policy/encoded_forms.ts";
import { allServices } from "../../src/services/all_services.ts";
import { makePlaceholders } from "../../src/services/placeholders.ts";

const variables = allServices.flatMap(({ credentials }) => credentials.map((row) => row.variable));
const placeholders = makePlaceholders([...variables, "MY_TOKEN", "K8S_TOKEN_PROD"], "a key");

Deno.test("makePlaceholders() gives each variable a value of its own, long enough to be recognised", () => {
  assert.equal(new Set(placeholders.values()).size, placeholders.size);
  for (const [name, value] of placeholders) {
    assert.ok(value.length >= 20 && encodedForms(value).every((form) => form.length >= 20), name);
    assert.match(value, /^[\x21-\x7e]+$/);
  }
});

Deno.test("makePlaceholders() gives the same values for the same key, and others for another", () => {
  assert.deepEqual(
    makePlaceholders(variables, "a key").get("NPM_TOKEN"),
    placeholders.get("NPM_TOKEN"),
  );
  assert.notEqual(
    makePlaceholders(variables, "b key").get("NPM_TOKEN"),
    placeholders.get("NPM_TOKEN"),
  );
});

const shapes: readonly (readonly [variable: string, shape: RegExp])[] = [
  ["GITHUB_TOKEN", /^ghp_[A-Za-z0-9]{36}$/],
  ["ANTHROPIC_API_KEY", /^sk-ant-api03-[A-Za-z0-9]{93}AA$/],
  ["CLAUDE_CODE_OAUTH_TOKEN", /^sk-ant-oat01-[A-Za-z0-9]{93}AA$/],
  ["SENTRY_AUTH_TOKEN", /^sntryu_[0-9a-f]{64}$/],
  ["PAGERDUTY_TOKEN", /^u\+[A-Za-z0-9]{18}$/],
  ["SLACK_TOKEN", /^xoxb-\d{12}-\d{12}-[A-Za-z0-9]{24}$/],
  ["MY_TOKEN", /^[A-Za-z0-9]{40}$/],
];

for (const [variable, shape] of shapes) {
  Deno.test(`makePlaceholders(): ${variable} looks like one`, () => {
    assert.match(placeholders.get(variable) ?? "", shape);
  });
}
