import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { GithubAppSource } from "../../src/secrets/github_app_source.ts";
import type { GithubAppSpec } from "../../src/secrets/secret_spec.ts";
import type { Handler } from "../support/upstream.ts";
import { testSourceContract } from "./secret_source_contract.ts";
import { openSourceLab, type SourceLab } from "./source_lab.ts";

const host = "api.github.com";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

async function source(
  lab: SourceLab,
  { format = "pkcs1", ...rest }: Partial<GithubAppSpec> & { format?: "pkcs1" | "pkcs8" } = {},
): Promise<GithubAppSource> {
  const pem = privateKey.export({ type: format, format: "pem" }).toString();
  return new GithubAppSource({
    kind: "github_app",
    appId: "12345",
    installationId: "678",
    privateKeyFile: await lab.dir.write("key.pem", pem),
    api: `https://${host}`,
    ...rest,
  }, { name: "tested", world: lab.world });
}

interface Claims {
  readonly iss: string;
  readonly iat: number;
  readonly exp: number;
}

/** Verifies a JWT by hand: RS256 over header and claims (RFC 7515 section 5.2). */
function verified(authorization: string | undefined): { header: unknown; claims: Claims } {
  const [header = "", claims = "", signature = ""] = (authorization ?? "").slice("Bearer ".length)
    .split(".");
  const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`);
  assert.ok(verify.verify(publicKey, Buffer.from(signature, "base64url")), "the signature holds");
  const parse = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString());
  return { header: parse(header), claims: parse(claims) };
}

testSourceContract("GithubAppSource", async () => {
  let answer: Handler = (exchange) => exchange.respond({ status: 500 });
  const lab = await openSourceLab(host, (exchange) => answer(exchange));
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  return {
    source: await source(lab),
    give: (token) => {
      answer = (exchange) => exchange.respondJson({ token, expires_at }, 201);
      return Promise.resolve();
    },
    take: () => {
      answer = (exchange) => exchange.respondJson({ message: "s3cr3t" }, 401);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
});

for (const format of ["pkcs1", "pkcs8"] as const) {
  Deno.test(`GithubAppSource signs with a key of ${format}, and asks for what it was told to`, async () => {
    await using lab = await openSourceLab(host, async (exchange) => {
      const { header, claims } = verified(exchange.request.values("authorization")[0]);
      assert.deepEqual(header, { alg: "RS256", typ: "JWT" });
      assert.deepEqual(claims, { iss: "12345", iat: 940, exp: 1540 });
      assert.deepEqual(JSON.parse(await exchange.bodyText()), {
        repositories: ["a"],
        permissions: { contents: "read" },
      });
      const expires_at = "1970-01-01T01:16:40Z";
      await exchange.respondJson({ token: "ghs_abc", expires_at }, 201);
    });
    lab.now = 1_000_000;
    const tested = await source(lab, {
      format,
      repositories: ["a"],
      permissions: { contents: "read" },
    });
    const { value, expiresAt, renewAt } = await tested.obtain();
    assert.equal(value.reveal(), "ghs_abc");
    assert.deepEqual([expiresAt, renewAt], [4_600_000, 4_480_000]);
    const [request] = lab.upstream.requests;
    assert.equal(
      `${request?.method} ${request?.target}`,
      "POST /app/installations/678/access_tokens",
    );
  });
}

Deno.test("GithubAppSource fails on a key that is none, and quotes nothing of it", async () => {
  await using lab = await openSourceLab(host, (exchange) => exchange.respondJson({}, 201));
  const privateKeyFile = await lab.dir.write("bad.pem", "s3cr3t that is no key\n");
  await assert.rejects(
    (await source(lab, { privateKeyFile })).obtain(),
    /^RenewalError: its key is no RSA key in PEM$/,
  );
  const missing = await source(lab, { privateKeyFile: lab.dir.join("none") });
  await assert.rejects(missing.obtain(), /^RenewalError: its key cannot be read: no such file/);
  assert.equal(lab.upstream.requests.length, 0);
});
