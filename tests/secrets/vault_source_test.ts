import assert from "node:assert/strict";
import { VaultSource } from "../../src/secrets/vault_source.ts";
import type { VaultSpec } from "../../src/secrets/secret_spec.ts";
import type { Handler } from "../support/upstream.ts";
import { testSourceContract } from "./secret_source_contract.ts";
import { openSourceLab, type SourceLab } from "./source_lab.ts";

const host = "vault.example.com";

function source(lab: SourceLab, rest: Partial<VaultSpec> = {}): VaultSource {
  lab.secrets.set("VAULT_TOKEN", "s3cr3t-vault-token");
  lab.secrets.set("SECRET_ID", "s3cr3t-secret-id");
  return new VaultSource({
    kind: "vault",
    url: `https://${host}/`,
    path: "secret/data/app",
    field: "token",
    auth: { kind: "token", token: "VAULT_TOKEN" },
    ttl: 60_000,
    maxStale: 30_000,
    ...rest,
  }, { name: "tested", world: lab.world });
}

const kv2 = (token: string) => ({
  lease_id: "",
  lease_duration: 0,
  data: { data: { token }, metadata: { version: 3 } },
});

testSourceContract("VaultSource", async () => {
  let answer: Handler = (exchange) => exchange.respond({ status: 500 });
  const lab = await openSourceLab(host, (exchange) => answer(exchange));
  return {
    source: source(lab),
    give: (value) => {
      answer = (exchange) => exchange.respondJson(kv2(value));
      return Promise.resolve();
    },
    take: () => {
      answer = (exchange) => exchange.respondJson({ errors: ["s3cr3t"] }, 404);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
});

Deno.test("VaultSource reads version 1 and 2, and what has a lease", async () => {
  let answer: unknown;
  await using lab = await openSourceLab(host, (exchange) => exchange.respondJson(answer));
  lab.now = 1_000_000;
  answer = kv2("two");
  const two = await source(lab, { namespace: "team" }).obtain();
  assert.deepEqual([two.value.reveal(), two.renewAt, two.expiresAt], ["two", 1_060_000, 1_090_000]);
  const [request] = lab.upstream.requests;
  assert.equal(request?.target, "/v1/secret/data/app");
  assert.deepEqual(request?.values("x-vault-token"), ["s3cr3t-vault-token"]);
  assert.deepEqual(request?.values("x-vault-namespace"), ["team"]);
  answer = { lease_id: "", lease_duration: 2_764_800, data: { token: "one", data: "x" } };
  assert.equal((await source(lab).obtain()).value.reveal(), "one");
  answer = { lease_id: "database/creds/1", lease_duration: 600, data: { token: "leased" } };
  const leased = await source(lab).obtain();
  assert.deepEqual([leased.renewAt, leased.expiresAt], [1_480_000, 1_600_000]);
});

Deno.test("VaultSource logs in by AppRole and by Kubernetes, once, and again when it has to", async () => {
  const logins: [string, unknown][] = [];
  let valid = "";
  await using lab = await openSourceLab(host, async (exchange) => {
    const { target } = exchange.request;
    if (target.endsWith("/login")) {
      logins.push([target, JSON.parse(await exchange.bodyText())]);
      valid = `login-${logins.length}`;
      return await exchange.respondJson({ auth: { client_token: valid, lease_duration: 1000 } });
    }
    const [token] = exchange.request.values("x-vault-token");
    if (token !== valid) return await exchange.respondJson({ errors: [] }, 403);
    await exchange.respondJson(kv2(`with-${token}`));
  });
  lab.now = 0;
  const approle = source(lab, {
    auth: { kind: "approle", mount: "approle", roleId: "role", secretId: "SECRET_ID" },
  });
  assert.equal((await approle.obtain()).value.reveal(), "with-login-1");
  assert.equal((await approle.obtain()).value.reveal(), "with-login-1");
  // The login is revoked: it logs in once more.
  valid = "";
  assert.equal((await approle.obtain()).value.reveal(), "with-login-2");
  // Its time is nearly over: it logs in before.
  lab.now = 900_000;
  assert.equal((await approle.obtain()).value.reveal(), "with-login-3");
  const jwtFile = await lab.dir.write("jwt", "s3cr3t.jwt\n");
  const kubernetes = source(lab, {
    auth: { kind: "kubernetes", mount: "k8s", role: "app", jwtFile },
  });
  assert.equal((await kubernetes.obtain()).value.reveal(), "with-login-4");
  assert.deepEqual(logins, [
    ...Array(3).fill([
      "/v1/auth/approle/login",
      { role_id: "role", secret_id: "s3cr3t-secret-id" },
    ]),
    ["/v1/auth/k8s/login", { role: "app", jwt: "s3cr3t.jwt" }],
  ]);
});

Deno.test("VaultSource does not log in for ever where it may not read", async () => {
  let logins = 0;
  await using lab = await openSourceLab(host, async (exchange) => {
    if (!exchange.request.target.endsWith("/login")) {
      return await exchange.respondJson({ errors: ["s3cr3t"] }, 403);
    }
    logins++;
    await exchange.respondJson({ auth: { client_token: "t", lease_duration: 0 } });
  });
  const auth = { kind: "approle", mount: "approle", roleId: "r", secretId: "SECRET_ID" } as const;
  await assert.rejects(source(lab, { auth }).obtain(), /^RenewalError: Vault answers 403$/);
  assert.equal(logins, 2);
});
