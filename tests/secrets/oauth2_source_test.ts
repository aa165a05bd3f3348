/**
 * The contract: a token is asked for as RFC 6749 has it, a refresh token is spent once whatever happens,
 * and nothing of either is told.
 */

import assert from "node:assert/strict";
import { OAuth2Source } from "../../src/secrets/oauth2_source.ts";
import type { OAuth2Spec } from "../../src/secrets/secret_spec.ts";
import type { Handler } from "../support/upstream.ts";
import { openSourceLab, type SourceLab } from "./source_lab.ts";
import { testSourceContract } from "./secret_source_contract.ts";

const host = "login.example.com";

function spec(rest: Partial<OAuth2Spec> = {}): OAuth2Spec {
  return {
    kind: "oauth2",
    tokenUrl: `https://${host}/token`,
    clientId: "my client",
    clientSecret: "CLIENT_SECRET",
    auth: "basic",
    ...rest,
  };
}

function source(lab: SourceLab, rest: Partial<OAuth2Spec> = {}): OAuth2Source {
  lab.secrets.set("CLIENT_SECRET", "s3cr3t of+the client");
  lab.secrets.set("SEED", "s3cr3t-seed");
  return new OAuth2Source(spec(rest), { name: "tested", world: lab.world });
}

testSourceContract("OAuth2Source", async () => {
  let answer: Handler = (exchange) => exchange.respond({ status: 500 });
  const lab = await openSourceLab(host, (exchange) => answer(exchange));
  return {
    source: source(lab),
    give: (access_token) => {
      answer = (exchange) => exchange.respondJson({ access_token, expires_in: 3600 });
      return Promise.resolve();
    },
    take: () => {
      answer = (exchange) => exchange.respondJson({ error: "invalid_client", s: "s3cr3t" }, 401);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
});

Deno.test("OAuth2Source asks by client_credentials, with Basic or in the body", async () => {
  const forms: [string | undefined, Record<string, string>][] = [];
  await using lab = await openSourceLab(host, async (exchange) => {
    const form = Object.fromEntries(new URLSearchParams(await exchange.bodyText()));
    forms.push([exchange.request.values("authorization")[0], form]);
    await exchange.respondJson({ access_token: "abc", expires_in: 600 });
  });
  lab.now = 1_000_000;
  const { expiresAt, renewAt } = await source(lab, { scope: "a b", audience: "c" }).obtain();
  assert.deepEqual([expiresAt, renewAt], [1_600_000, 1_480_000]);
  await source(lab, { auth: "body" }).obtain();
  assert.deepEqual(forms, [
    [
      // Both parts are form-encoded (RFC 6749 section 2.3.1).
      `Basic ${btoa("my+client:s3cr3t+of%2Bthe+client")}`,
      { grant_type: "client_credentials", scope: "a b", audience: "c" },
    ],
    [undefined, {
      grant_type: "client_credentials",
      client_id: "my client",
      client_secret: "s3cr3t of+the client",
    }],
  ]);
  assert.deepEqual(lab.upstream.requests.map(({ method, target }) => `${method} ${target}`), [
    "POST /token",
    "POST /token",
  ]);
});

/** An endpoint that takes each refresh token once, and gives another out. */
function rotating(lab: () => SourceLab) {
  const spent: string[] = [];
  let current = "s3cr3t-seed";
  const handler: Handler = async (exchange) => {
    const form = new URLSearchParams(await exchange.bodyText());
    const token = form.get("refresh_token") ?? "";
    if (token !== current) return await exchange.respondJson({ error: "invalid_grant" }, 400);
    spent.push(token);
    current = `s3cr3t-refresh-${spent.length}`;
    const access_token = `access-${spent.length}`;
    await exchange.respondJson({ access_token, refresh_token: current, expires_in: 100 });
  };
  return { spent, handler, path: () => lab().dir.join("private/state-oauth2-tested.json") };
}

Deno.test("OAuth2Source writes a new refresh token down before its access token is used", async () => {
  // deno-lint-ignore prefer-const
  let lab: SourceLab;
  const endpoint = rotating(() => lab);
  await using opened = await openSourceLab(host, endpoint.handler);
  lab = opened;
  const rest = { refreshToken: "SEED" };
  assert.equal((await source(lab, rest).obtain()).value.reveal(), "access-1");
  const state = JSON.parse(await Deno.readTextFile(endpoint.path()));
  assert.equal(state.refresh_token, "s3cr3t-refresh-1");
  assert.ok(!JSON.stringify(state).includes("s3cr3t-seed"));
  assert.equal(((await Deno.stat(endpoint.path())).mode ?? 0) & 0o777, 0o600);
  // Another process, which has the seed alone: it goes on where this one was.
  assert.equal((await source(lab, rest).obtain()).value.reveal(), "access-2");
  // Several at once: each spends its own.
  const many = await Promise.all(Array.from({ length: 5 }, () => source(lab, rest).obtain()));
  assert.deepEqual(
    many.map(({ value }) => value.reveal()).sort(),
    [3, 4, 5, 6, 7].map((count) => `access-${count}`),
  );
  assert.equal(new Set(endpoint.spent).size, 7);
});

Deno.test("OAuth2Source gives no access token out whose refresh token it could not write down", async () => {
  // deno-lint-ignore prefer-const
  let lab: SourceLab;
  const endpoint = rotating(() => lab);
  await using opened = await openSourceLab(host, endpoint.handler);
  lab = opened;
  await lab.world.state.update("oauth2-tested", () => Promise.resolve({ result: 0 }));
  await Deno.mkdir(endpoint.path());
  await assert.rejects(source(lab, { refreshToken: "SEED" }).obtain());
});

Deno.test("OAuth2Source starts anew from another seed", async () => {
  // deno-lint-ignore prefer-const
  let lab: SourceLab;
  const endpoint = rotating(() => lab);
  await using opened = await openSourceLab(host, endpoint.handler);
  lab = opened;
  await source(lab, { refreshToken: "SEED" }).obtain();
  lab.secrets.set("SEED", "s3cr3t-refresh-1");
  const again = new OAuth2Source(spec({ refreshToken: "SEED" }), {
    name: "tested",
    world: lab.world,
  });
  assert.equal((await again.obtain()).value.reveal(), "access-2");
});

const answers: [string, Handler, RegExp][] = [
  [
    "a refusal",
    (e) => e.respondJson({ error: "invalid_grant", error_description: "s3cr3t" }, 400),
    /^the token endpoint refuses: invalid_grant \(400\)$/,
  ],
  [
    "an unknown refusal",
    (e) => e.respondJson({ error: "s3cr3t" }, 400),
    /^the token endpoint answers 400$/,
  ],
  [
    "a failure",
    (e) => e.respond({ status: 503, body: "s3cr3t" }),
    /^the token endpoint answers 503$/,
  ],
  [
    "a redirect",
    (e) => e.respond({ status: 302, fields: { Location: "https://evil.example/" } }),
    /^login\.example\.com answers with a redirect, which is not followed$/,
  ],
  ["no JSON", (e) => e.respond({ body: "s3cr3t" }), /^the token endpoint's answer is no JSON$/],
  ["no token", (e) => e.respondJson({ expires_in: 1 }), /has no text at access_token$/],
  [
    "a flood",
    (e) => e.respond({ body: "s3cr3t".repeat(400_000) }),
    /^login\.example\.com answers with too much$/,
  ],
  ["nothing", (e) => e.kill(), /^login\.example\.com (cannot be reached|breaks)/],
];

for (const [what, handler, reason] of answers) {
  Deno.test(`OAuth2Source fails on ${what}, and quotes nothing`, async () => {
    await using lab = await openSourceLab(host, handler);
    await assert.rejects(source(lab).obtain(), (error: Error) => {
      assert.equal(error.name, "RenewalError");
      assert.match(error.message, reason);
      assert.ok(!error.message.includes("s3cr3t"));
      return true;
    });
  });
}

Deno.test("OAuth2Source sends nothing to who cannot prove the name, or takes too long", async () => {
  await using impostor = await openSourceLab(host, (e) => e.respondJson({}), { trusts: false });
  await assert.rejects(source(impostor).obtain(), /shows a certificate that is not trusted for it/);
  assert.equal(impostor.upstream.requests.length, 0);
  await using misnamed = await openSourceLab("other.example.com", (e) => e.respondJson({}));
  await assert.rejects(source(misnamed).obtain(), /shows a certificate that is not trusted for it/);
  assert.equal(misnamed.upstream.requests.length, 0);
  // Its own CA is trusted in place of the others, not beside them.
  await using own = await openSourceLab(host, (e) => e.respondJson({ access_token: "abc" }));
  const ca = await own.dir.write("ca.pem", own.root.pem);
  assert.equal((await source(own, { ca }).obtain()).value.reveal(), "abc");
  const wrong = await own.dir.write("wrong.pem", impostor.root.pem);
  await assert.rejects(source(own, { ca: wrong }).obtain(), /is not trusted for it/);
  await assert.rejects(source(own, { ca: own.dir.join("none") }).obtain(), /its CA file cannot be/);
  // Until its client has gone.
  const silent: Handler = async ({ reader }) => {
    while (await reader.readSome() !== undefined);
  };
  await using slow = await openSourceLab(host, silent, { timeout: 300 });
  await assert.rejects(source(slow).obtain(), /has not answered within 0\.3 s/);
});

Deno.test("OAuth2Source says what it lacks", async () => {
  await using lab = await openSourceLab(host, (e) => e.respondJson({}));
  await assert.rejects(
    source(lab, { clientSecret: "NONE" }).obtain(),
    /^RenewalError: NONE is not set$/,
  );
});
