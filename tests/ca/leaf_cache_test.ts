import { strict as assert } from "node:assert";
import { createPublicKey, X509Certificate } from "node:crypto";
import { CaError } from "../../src/ca/ca_error.ts";
import { LeafCache } from "../../src/ca/leaf_cache.ts";
import type { LeafIssuer, LeafRequest } from "../../src/ca/leaf_signer.ts";
import { TempDir } from "../support/temp_dir.ts";
import { assertRefused, day, openCa } from "./support.ts";

const start = Date.UTC(2026, 10, 24);

/** An issuer that counts, and fails or waits when told to; what it "signs" is one real leaf. */
class FakeIssuer implements LeafIssuer {
  notAfter = start + 1000 * day;
  signed: LeafRequest[] = [];
  signers = 0;
  failures = 0;
  signerFailures = 0;
  gate: Promise<void> = Promise.resolve();

  leafSigner(): Promise<{ sign(request: LeafRequest): Promise<string> }> {
    this.signers++;
    if (this.signerFailures > 0) {
      this.signerFailures--;
      return Promise.reject(new CaError("no signer"));
    }
    const sign = async (request: LeafRequest) => {
      this.signed.push(request);
      await this.gate;
      if (this.failures > 0) {
        this.failures--;
        throw new CaError("no signature");
      }
      return `certificate ${this.signed.length} for ${request.host}`;
    };
    return Promise.resolve({ sign });
  }

  get hosts(): string[] {
    return this.signed.map((request) => request.host);
  }
}

function fixture(options: { capacity?: number; alternatives?: readonly string[] } = {}) {
  const clock = { now: start };
  const issuer = new FakeIssuer();
  return { clock, issuer, cache: new LeafCache({ issuer, now: () => clock.now, ...options }) };
}

Deno.test("LeafCache.get() gives the same certificate, with its context, until it is renewed", async () => {
  const { cache, issuer } = fixture();
  const first = await cache.get("example.com");
  assert.equal(await cache.get("example.com"), first);
  assert.equal((await cache.get("example.com")).secureContext, first.secureContext);
  assert.deepEqual(issuer.hosts, ["example.com"]);
  assert.equal(first.host, "example.com");
});

Deno.test("LeafCache.counts says how often one was kept, and how many were made", async () => {
  const { cache } = fixture();
  await Promise.all([cache.get("example.com"), cache.get("example.com")]);
  await cache.get("example.com");
  await cache.get("example.org");
  assert.deepEqual(cache.counts, { hits: 1, misses: 3, minted: 2 });
});

Deno.test("LeafCache.get() makes every certificate for the alternatives too", async () => {
  const { cache, issuer } = fixture({ alternatives: ["127.0.0.1", "proxy.example.com"] });
  await cache.get("localhost");
  assert.deepEqual(issuer.signed[0]?.alternatives, ["127.0.0.1", "proxy.example.com"]);
});

Deno.test("LeafCache.get() mints for 30 days in all, one of them in the past, in whole seconds", async () => {
  const { cache, clock, issuer } = fixture();
  clock.now = start + 567;
  const { notAfter } = await cache.get("example.com");
  const [request] = issuer.signed;
  assert.equal(request?.notBefore, start - day);
  assert.equal(request?.notAfter, start + 29 * day - 1000);
  assert.equal(notAfter, request?.notAfter);
});

Deno.test("LeafCache.get() never mints past the CA's own end, and uses such a leaf to the end", async () => {
  const { cache, clock, issuer } = fixture();
  issuer.notAfter = start + 2 * day;
  const first = await cache.get("example.com");
  assert.equal(first.notAfter, issuer.notAfter);
  clock.now = issuer.notAfter - 1;
  assert.equal(await cache.get("example.com"), first);
  clock.now = issuer.notAfter + 1;
  await assertRefused(() => cache.get("example.com"), {
    type: CaError,
    pattern: /the CA expired on 2026-11-26T00:00:00/,
  });
});

Deno.test("LeafCache.get() renews at two thirds of the life that was left", async () => {
  const { cache, clock, issuer } = fixture();
  const first = await cache.get("example.com");
  const renewAt = start + (2 / 3) * (first.notAfter - start);
  clock.now = Math.floor(renewAt) - 1;
  assert.equal(await cache.get("example.com"), first);
  clock.now = Math.ceil(renewAt);
  const second = await cache.get("example.com");
  assert.notEqual(second, first);
  assert.ok(second.notAfter > first.notAfter);
  assert.equal(issuer.signed.length, 2);
  assert.equal(cache.size, 1);
});

Deno.test("LeafCache.get() mints anew after the clock was set back before the leaf's start", async () => {
  const { cache, clock } = fixture();
  const first = await cache.get("example.com");
  clock.now = start - day;
  assert.equal(await cache.get("example.com"), first);
  clock.now = start - day - 1;
  assert.notEqual(await cache.get("example.com"), first);
});

Deno.test("LeafCache keeps no more than its capacity and drops what was used longest ago", async () => {
  const { cache, issuer } = fixture({ capacity: 2 });
  await cache.get("a.test");
  await cache.get("b.test");
  await cache.get("a.test");
  await cache.get("c.test");
  assert.equal(cache.size, 2);
  await cache.get("a.test");
  assert.deepEqual(issuer.hosts, ["a.test", "b.test", "c.test"]);
  await cache.get("b.test");
  assert.deepEqual(issuer.hosts, ["a.test", "b.test", "c.test", "b.test"]);
});

Deno.test("LeafCache is bounded while many hosts are asked for at once", async () => {
  const { cache } = fixture({ capacity: 3 });
  await Promise.all(Array.from({ length: 50 }, (_, index) => cache.get(`h${index}.test`)));
  assert.equal(cache.size, 3);
});

Deno.test("LeafCache keeps 1000 by default", async () => {
  const { cache } = fixture();
  for (let index = 0; index < 1001; index++) await cache.get(`h${index}.test`);
  assert.equal(cache.size, 1000);
});

Deno.test("LeafCache refuses a capacity that is not a positive integer", () => {
  for (const capacity of [0, -1, 1.5, NaN]) assert.throws(() => fixture({ capacity }), RangeError);
});

Deno.test("LeafCache.get() mints once for concurrent calls of one host, and apart for two", async () => {
  const { cache, issuer } = fixture();
  const gate = Promise.withResolvers<void>();
  issuer.gate = gate.promise;
  const calls = [..."aaaab"].map((name) => cache.get(`${name}.test`));
  gate.resolve();
  const [first, ...others] = await Promise.all(calls);
  assert.deepEqual(issuer.hosts.sort(), ["a.test", "b.test"]);
  assert.deepEqual(others.map((one) => one === first), [true, true, true, false]);
  assert.equal(issuer.signers, 1);
});

Deno.test("LeafCache.get() does not keep a failure, neither of the signature nor of the signer", async () => {
  const { cache, issuer } = fixture();
  issuer.signerFailures = 1;
  await assert.rejects(cache.get("example.com"), { message: "no signer" });
  issuer.failures = 1;
  const both = await Promise.allSettled([cache.get("example.com"), cache.get("example.com")]);
  assert.deepEqual(both.map((one) => one.status), ["rejected", "rejected"]);
  assert.equal(cache.size, 0);
  assert.equal((await cache.get("example.com")).host, "example.com");
  assert.equal(issuer.signers, 2);
});

Deno.test("LeafCache.prepare() makes the signer that get() then uses", async () => {
  const { cache, issuer } = fixture();
  await cache.prepare();
  await cache.get("example.com");
  assert.equal(issuer.signers, 1);
});

Deno.test("LeafCache.get() refuses what is no canonical host and does not sign it", async () => {
  const { cache, issuer } = fixture();
  const refused = ["", "EXAMPLE.com", "example.com.", "*.example.com", "[::1]", "0:0::1", "a b"];
  for (const host of [...refused, "a,b", "fe80::1%eth0", "a".repeat(64), "a..b", "127.1"]) {
    await assert.rejects(cache.get(host), TypeError, host);
  }
  assert.deepEqual(issuer.hosts, []);
  assert.equal(cache.size, 0);
});

Deno.test("LeafCache shares one leaf key among its leaves, which is not the CA's", async () => {
  await using folder = await TempDir.create();
  const ca = await openCa(folder.join("ca"));
  const cache = new LeafCache({ issuer: ca, now: Date.now });
  const one = await cache.get("one.test");
  const two = await cache.get("two.test");
  assert.equal(one.keyPem, two.keyPem);
  const certificate = new X509Certificate(one.certificateChainPem);
  const spki = (key: X509Certificate["publicKey"]) => key.export({ type: "spki", format: "pem" });
  assert.equal(spki(certificate.publicKey), spki(createPublicKey(one.keyPem)));
  const authority = new X509Certificate(ca.certificatePem);
  assert.notEqual(spki(certificate.publicKey), spki(authority.publicKey));
  const other = await new LeafCache({ issuer: ca, now: Date.now }).get("one.test");
  assert.notEqual(other.keyPem, one.keyPem);
  assert.equal(one.certificateChainPem.split("BEGIN CERTIFICATE").length, 2, "the leaf alone");
});
