import assert from "node:assert/strict";
import { parseHostFilter } from "../../src/policy/host_filter.ts";
import { everyRule, redactionScope } from "../../src/policy/redaction_scope.ts";
import { parseAuthority } from "../../src/wire/authority.ts";

const authority = parseAuthority("api.example.com:443");
const own = parseHostFilter("api.example.com");
const below = parseHostFilter("*.api.example.com");

Deno.test("redactionScope(): responses are searched wherever a rule is, and ranges not asked for", () => {
  assert.deepEqual(redactionScope(authority, { hasCredentials: true, settings: everyRule }), {
    redacts: true,
    allowsRange: false,
  });
});

Deno.test("redactionScope(): where no rule is, responses pass as they are", () => {
  const scope = redactionScope(authority, { hasCredentials: false, settings: everyRule });
  assert.deepEqual(scope, { redacts: false, allowsRange: true });
});

Deno.test("redactionScope(): a setting counts for its hosts alone", () => {
  const settings = { off: [below], allowRange: [own] };
  assert.deepEqual(redactionScope(authority, { hasCredentials: true, settings }), {
    redacts: true,
    allowsRange: true,
  });
  const off = { off: [own], allowRange: [] };
  assert.equal(redactionScope(authority, { hasCredentials: true, settings: off }).redacts, false);
});
