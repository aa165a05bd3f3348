import assert from "node:assert/strict";
import { ProxyError } from "../../src/errors.ts";
import { Resolver } from "../../src/proxy/resolver.ts";

/** A resolver whose questions are counted and answered by hand, and whose clock is set by hand. */
function scripted() {
  const asked: string[] = [];
  const answers: PromiseWithResolvers<readonly string[]>[] = [];
  const clock = { now: 1000 };
  const resolver = new Resolver({
    ask: (name) => {
      asked.push(name);
      const answer = Promise.withResolvers<readonly string[]>();
      answers.push(answer);
      return answer.promise;
    },
    now: () => clock.now,
  });
  return { resolver, asked, answers, clock };
}

Deno.test("Resolver asks once where many wait for the same name", async () => {
  const { resolver, asked, answers } = scripted();
  const waiting = Array.from({ length: 10 }, () => resolver.resolve("a"));
  const other = resolver.resolve("b");
  assert.deepEqual(asked, ["a", "b"]);
  answers[0]?.resolve(["1.1.1.1", "::1"]);
  answers[1]?.resolve(["2.2.2.2"]);
  for (const answer of waiting) assert.deepEqual(await answer, ["1.1.1.1", "::1"]);
  assert.deepEqual(await other, ["2.2.2.2"]);
  assert.deepEqual(await resolver.resolve("a"), ["1.1.1.1", "::1"]);
  assert.deepEqual(asked, ["a", "b"]);
});

Deno.test("Resolver asks again when an answer is 10 s old", async () => {
  const { resolver, asked, answers, clock } = scripted();
  const first = resolver.resolve("a");
  answers[0]?.resolve(["1.1.1.1"]);
  await first;
  clock.now += 9_999;
  assert.deepEqual(await resolver.resolve("a"), ["1.1.1.1"]);
  assert.equal(asked.length, 1);
  clock.now += 1;
  const second = resolver.resolve("a");
  assert.equal(asked.length, 2);
  answers[1]?.resolve(["2.2.2.2"]);
  assert.deepEqual(await second, ["2.2.2.2"]);
});

Deno.test("Resolver tells all who wait of a failure, and does not remember it", async () => {
  const { resolver, asked, answers } = scripted();
  const waiting = [resolver.resolve("a"), resolver.resolve("a")];
  answers[0]?.reject(new ProxyError("dns_error", "Cannot resolve a"));
  for (const answer of waiting) await assert.rejects(answer, /Cannot resolve a/);
  const again = resolver.resolve("a");
  assert.equal(asked.length, 2);
  answers[1]?.resolve(["1.1.1.1"]);
  assert.deepEqual(await again, ["1.1.1.1"]);
});

Deno.test("Resolver does not grow without bound", async () => {
  let asked = 0;
  const resolver = new Resolver({ ask: () => Promise.resolve([`1.1.1.${asked++ % 250}`]) });
  for (let name = 0; name < 1000; name++) await resolver.resolve(`n${name}`);
  await resolver.resolve("n0");
  assert.equal(asked, 1000);
  await resolver.resolve("one too many");
  await resolver.resolve("n0");
  assert.equal(asked, 1002);
});

Deno.test("Resolver follows the host's own names", async () => {
  const addresses = await new Resolver().resolve("localhost");
  assert.ok(addresses.length > 0);
  for (const address of addresses) assert.ok(["127.0.0.1", "::1"].includes(address), address);
});

Deno.test("Resolver says dns_error for a name that does not exist", async () => {
  // RFC 6761 section 6.4: `invalid` never resolves.
  await assert.rejects(
    new Resolver().resolve("no-such-host.invalid"),
    (error) => error instanceof ProxyError && error.kind === "dns_error",
  );
});

Deno.test("Resolver says dns_timeout when no answer comes, and asks again later", async () => {
  let asked = 0;
  const never = () => {
    asked++;
    return new Promise<readonly string[]>(() => {});
  };
  const resolver = new Resolver({ ask: never, patience: 20 });
  for (let time = 1; time <= 2; time++) {
    await assert.rejects(resolver.resolve("slow.example"), { kind: "dns_timeout" });
    assert.equal(asked, time);
  }
});
