import assert from "node:assert/strict";
import { Renewable } from "../../src/secrets/renewable.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { CombinedSource, type RuleSecret } from "../../src/services/credential_source.ts";

const template = {
  fields: [{ name: "X-Token", variable: "A", format: { kind: "prefix", prefix: "" } }],
} as const;

function renewable(expiresAt: number, clock: { now: number }): Renewable<Secret> {
  const value = new Secret("A", "secret-0123456789");
  return new Renewable<Secret>({
    title: "The secret A",
    now: () => clock.now,
    first: { value, expiresAt },
    obtain: () => Promise.resolve({ value, expiresAt: expiresAt * 2 }),
    meanwhile: "keep",
    pause: 0,
  });
}

Deno.test("CombinedSource ends with the first of its parts, as long as that lasts", async () => {
  const clock = { now: 0 };
  const [early, late] = [renewable(1000, clock), renewable(3000, clock)];
  const secrets = new Map<string, RuleSecret>([
    ["A", { renewable: early, source: "a" }],
    ["B", { renewable: late, source: "b" }],
  ]);
  const source = new CombinedSource(template, { secrets, now: () => clock.now });
  assert.deepEqual([source.expiresAt, source.renews], [1000, true]);
  clock.now = 1000;
  assert.equal(source.expiresAt, 3000);
  await source.renew();
  assert.equal(source.expiresAt, 2000);
});

Deno.test("CombinedSource with a client certificate ends with it, and nobody renews that", () => {
  const clientCertificate = {
    chain: "",
    key: new Secret("KEY", "0123456789"),
    id: "AB:CD",
    subject: "CN=admin",
    notAfter: 500,
  };
  const secrets = new Map<string, RuleSecret>([
    ["A", { renewable: renewable(1000, { now: 0 }), source: "a" }],
  ]);
  const source = new CombinedSource(template, { secrets, clientCertificate, now: () => 0 });
  assert.deepEqual([source.expiresAt, source.renews], [500, false]);
});
