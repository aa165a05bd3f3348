import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { bare, bearer, type CredentialFormat } from "../../src/policy/credential_format.ts";
import { createInjection, type Injection, statedExpiry } from "../../src/policy/inject.ts";
import {} from "../../src/policy/rendered.ts";
import { Secret } from "../../src/secrets/secret.ts";

const secret = new Secret("TOKEN", "sesame");

function field(name: string, format: CredentialFormat, value = secret) {
  return { name, format, variable: value.name, secret: value };
}

function lines(injection: Injection): string {
  let text = "";
  const decoder = new TextDecoder();
  for (const each of injection.fields) {
    each.appendTo({ bytes: (chunk) => text += decoder.decode(chunk) });
  }
  return text;
}

Deno.test("createInjection() renders each format", () => {
  const table: [CredentialFormat, string][] = [
    [bearer, "Bearer sesame"],
    [bare, "sesame"],
    [{ kind: "prefix", prefix: "Token token=" }, "Token token=sesame"],
    [{ kind: "prefix", prefix: 'Token "', suffix: '"' }, 'Token "sesame"'],
    [{ kind: "basic", user: "x-access-token" }, `Basic ${btoa("x-access-token:sesame")}`],
  ];
  for (const [format, expected] of table) {
    const injection = createInjection({
      fields: [field("Authorization", format)],
      carriers: { fields: [] },
    });
    assert.equal(lines(injection), `Authorization: ${expected}\r\n`);
  }
});

Deno.test("createInjection() keeps several fields in their order", () => {
  const injection = createInjection({
    fields: [field("Private-Token", bare), field("Authorization", bearer, new Secret("B", "b"))],
    carriers: { fields: [] },
  });
  assert.equal(lines(injection), "Private-Token: sesame\r\nAuthorization: Bearer b\r\n");
});

Deno.test("createInjection() removes every carrier and its own fields, in lower case", () => {
  const injection = createInjection({
    fields: [field("X-Key", bare)],
    carriers: {
      fields: ["Authorization", "cookie"],
      query: ["access_token"],
      members: [{ field: "sec-websocket-protocol", prefix: "bearer." }],
    },
    ensureMembers: [{ field: "anthropic-beta", member: "oauth-2025-04-20" }],
  });
  assert.deepEqual([...injection.removeFields].sort(), ["authorization", "cookie", "x-key"]);
  assert.deepEqual([...injection.removeQuery], ["access_token"]);
  assert.equal(injection.removeMembers.length, 1);
  assert.deepEqual(injection.ensureMembers, [
    { field: "anthropic-beta", member: "oauth-2025-04-20" },
  ]);
});

Deno.test("Injection describes itself with the secret blanked", () => {
  const injection = createInjection({
    fields: [
      field("Authorization", { kind: "basic", user: "__token__" }),
      field("X-Key", { kind: "prefix", prefix: "k=", suffix: ";v1" }),
    ],
    carriers: { fields: [] },
  });
  assert.deepEqual(injection.describe(), [
    { header: "Authorization", format: "Basic base64(__token__:${TOKEN})" },
    { header: "X-Key", format: "k=${TOKEN};v1" },
  ]);
});

Deno.test("Injection prints no secret, nor its Basic pair", () => {
  const injection = createInjection({
    fields: [field("A", bearer), field("B", { kind: "basic", user: "u" })],
    carriers: { fields: [] },
  });
  const pair = btoa("u:sesame");
  const [first] = injection.fields;
  const texts = [
    String(first),
    `${first}`,
    JSON.stringify(injection),
    JSON.stringify({ ...first }),
    Deno.inspect(injection, { depth: 9, showHidden: true }),
    inspect(injection, { depth: 9, showHidden: true }),
    inspect(first, { customInspect: false, showHidden: true }),
    String(new Error(`${first}`).stack),
  ];
  for (const text of texts) {
    assert.ok(!text.includes("sesame") && !text.includes(pair), text);
    // The octets themselves, as a typed array prints them.
    assert.ok(!/115[,\s]+101[,\s]+115/.test(text), text);
  }
  assert.equal(String(first), "A: [redacted]");
});

Deno.test("createInjection() refuses what would break the field line, without quoting it", () => {
  const evil = new Secret("TOKEN", "sesame\r\nX-Evil: 1");
  const table: Parameters<typeof createInjection>[0]["fields"][] = [
    [field("Authorization", bearer, evil)],
    [field("Authorization", bearer, new Secret("TOKEN", "sesame\0"))],
    [field("Authorization", bearer, new Secret("TOKEN", "sesame\u0100"))],
    [field("Authorization", bare, new Secret("TOKEN", ""))],
    [field("Authorization", bare, new Secret("TOKEN", "sesame "))],
    [field("Author ization", bearer)],
    [field("", bearer)],
    [field("A:", bearer)],
    [field("A", { kind: "prefix", prefix: "a\n" })],
    [field("A", { kind: "basic", user: "a:b" })],
    [field("A", bare), field("a", bare)],
  ];
  for (const fields of table) {
    assert.throws(() => createInjection({ fields, carriers: { fields: [] } }), (error) => {
      assert.ok(error instanceof TypeError);
      return !/sesame|Evil/.test(error.message);
    });
  }
});

Deno.test("createInjection() renders one line per field for every ASCII secret", () => {
  const value = fc.stringMatching(/^[!-~]{1,60}$/);
  fc.assert(fc.property(value, fc.constantFrom(bare, bearer), (text, format) => {
    const injection = createInjection({
      fields: [field("A", format, new Secret("T", text))],
      carriers: { fields: [] },
    });
    assert.equal(lines(injection).split("\r\n").length, 2);
    assert.ok(lines(injection).endsWith(`${text}\r\n`));
  }));
});

Deno.test("createInjection() removes a carrier with _ by its name with - as well", () => {
  const injection = createInjection({
    fields: [field("X_Key", bare)],
    carriers: { fields: ["api_key"] },
  });
  const names = ["api-key", "api_key", "x-key", "x_key"];
  assert.deepEqual([...injection.removeFields].sort(), names);
  assert.deepEqual([...injection.replacedFields].sort(), names);
});

Deno.test("RenderedParameter.appendTo() leaves the asterisk form alone, which has no query", () => {
  const injection = createInjection({
    fields: [],
    query: [field("api_key", bare)],
    carriers: { fields: [] },
  });
  const table = [
    ["*", "*"],
    ["/*", "/*?api_key=sesame"],
    ["/?a=1", "/?a=1&api_key=sesame"],
  ] as const;
  for (const [target, expected] of table) {
    const sent = injection.query.reduce(
      (text, parameter) => parameter.appendTo(text),
      target as string,
    );
    assert.equal(sent, expected);
  }
});

Deno.test("statedExpiry() reads exp of a JWT, and nothing else", () => {
  const jwt = (claims: unknown) => {
    const part = (value: unknown) =>
      btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return `${part({ alg: "none" })}.${part(claims)}.c2ln`;
  };
  const cases: [string, number | undefined][] = [
    [jwt({ exp: 1000 }), 1_000_000],
    [jwt({ exp: 1000, text: "???>>>~~~" }), 1_000_000],
    [jwt({ exp: "1000" }), undefined],
    [jwt({}), undefined],
    [jwt([]), undefined],
    ["a.b.c", undefined],
    ["ghp_abc", undefined],
    [`${jwt({ exp: 1000 })}.more`, undefined],
  ];
  for (const [text, expected] of cases) {
    assert.equal(statedExpiry({ secret: new Secret("T", text) }), expected, text);
  }
});
