import assert from "node:assert/strict";
import { type Obtained, Renewable, RenewalError } from "../../src/secrets/renewable.ts";

/** A value whose next ones, and failures, the test hands out; the clock is the test's too. */
function world(options: { meanwhile?: "keep" | "drop"; first?: Obtained<string> } = {}) {
  const clock = { now: 1000 };
  const asked: PromiseWithResolvers<Obtained<string>>[] = [];
  const told: string[] = [];
  const value = new Renewable<string>({
    title: "The token of prod",
    now: () => clock.now,
    obtain: () => {
      const next = Promise.withResolvers<Obtained<string>>();
      asked.push(next);
      return next.promise;
    },
    meanwhile: "keep",
    pause: 100,
    ...options,
  });
  value.onOutcome = ({ failure }) => told.push(failure ?? "renewed");
  return { clock, asked, told, value };
}

Deno.test("Renewable obtains the first value when it is asked, once for all who ask", async () => {
  const { asked, told, value } = world();
  assert.equal(value.value, undefined);
  assert.equal(value.reason, "The token of prod has not been obtained yet");
  const waits = [value.renew(), value.renew(), value.renew()];
  assert.equal(asked.length, 1);
  asked[0]?.resolve({ value: "one" });
  await Promise.all(waits);
  assert.equal(value.value, "one");
  assert.equal(value.renew(), undefined);
  assert.deepEqual(told, ["renewed"]);
});

Deno.test("Renewable renews before the value expires, and nobody waits for it", async () => {
  const { clock, asked, value } = world({
    first: { value: "one", expiresAt: 2000, renewAt: 1800 },
  });
  clock.now = 1799;
  assert.equal(value.renew(), undefined);
  assert.equal(asked.length, 0);
  clock.now = 1800;
  assert.equal(value.renew(), undefined);
  assert.equal(value.renew(), undefined);
  assert.equal(asked.length, 1);
  assert.equal(value.value, "one");
  asked[0]?.resolve({ value: "two", expiresAt: 3000, renewAt: 2800 });
  await Promise.resolve().then(() => {}).then(() => {});
  assert.equal(value.value, "two");
});

Deno.test("Renewable keeps the last value while renewing fails, until it expires", async () => {
  const { clock, asked, told, value } = world({
    first: { value: "one", expiresAt: 2000, renewAt: 1800 },
  });
  clock.now = 1900;
  value.renew();
  asked[0]?.reject(new RenewalError("aws exited with 1"));
  await Promise.resolve().then(() => {}).then(() => {}).then(() => {});
  assert.deepEqual(told, ["aws exited with 1"]);
  assert.equal(value.value, "one");
  clock.now = 1999;
  assert.equal(value.renew(), undefined, "not again right after a failure");
  assert.equal(asked.length, 1);
  clock.now = 2000;
  assert.equal(value.value, undefined);
  assert.match(value.reason, /^The token of prod expired on 1970-.*, and there is no other: aws/);
  const wait = value.renew();
  assert.equal(asked.length, 2);
  asked[1]?.resolve({ value: "two" });
  await wait;
  assert.equal(value.value, "two");
});

Deno.test("Renewable with `drop` waits for each renewal, and has nothing after a failure", async () => {
  const { clock, asked, value } = world({
    meanwhile: "drop",
    first: { value: "one", renewAt: 1500 },
  });
  clock.now = 1500;
  const wait = value.renew();
  assert.ok(wait !== undefined);
  asked[0]?.reject(new RenewalError("no such file"));
  await wait;
  assert.equal(value.value, undefined);
  assert.equal(value.reason, "The token of prod cannot be had: no such file");
});

Deno.test("Renewable renews a value that was doubted, but not one that is new", async () => {
  const { clock, asked, value } = world();
  const first = value.renew();
  asked[0]?.resolve({ value: "one", expiresAt: 1_000_000, renewAt: 900_000 });
  await first;
  clock.now += 29_999;
  value.doubt();
  assert.equal(value.renew(), undefined);
  clock.now += 1;
  value.doubt();
  const wait = value.renew();
  assert.ok(wait !== undefined, "the next to ask waits");
  asked[1]?.reject(new RenewalError("aws exited with 1"));
  await wait;
  assert.equal(value.value, "one", "it may be good all the same");
  assert.equal(value.renew(), undefined);
});

Deno.test("Renewable is not made to renew again and again by doubts", async () => {
  const { clock, asked, value } = world();
  const first = value.renew();
  asked[0]?.resolve({ value: "0", expiresAt: 1_000_000_000, renewAt: 900_000_000 });
  await first;
  const end = clock.now + 3_600_000;
  for (; clock.now < end; clock.now += 1000) {
    value.doubt();
    const wait = value.renew();
    asked.at(-1)?.resolve({
      value: String(asked.length),
      expiresAt: 1_000_000_000,
      renewAt: 900_000_000,
    });
    await wait;
  }
  assert.ok(asked.length <= 14, `${asked.length} in an hour`);
});

Deno.test("Renewable that fails is doubted every half minute, not after each pause", async () => {
  const { clock, asked, value } = world();
  const first = value.renew();
  asked[0]?.resolve({ value: "one", expiresAt: 1_000_000_000, renewAt: 900_000_000 });
  await first;
  clock.now += 30_000;
  for (const end = clock.now + 60_000; clock.now < end; clock.now += 1000) {
    value.doubt();
    const wait = value.renew();
    asked.at(-1)?.reject(new RenewalError("aws exited with 1"));
    await wait;
  }
  assert.equal(asked.length, 1 + 2);
});

Deno.test("Renewable does not show what it does not know", async () => {
  const { asked, value } = world();
  const wait = value.renew();
  asked[0]?.reject(new Error("hunter2"));
  await wait;
  assert.equal(value.reason, "The token of prod cannot be had: an unexpected failure");
});

Deno.test("Renewable without a way to renew expires", () => {
  const value = new Renewable({
    title: "The client certificate CN=a",
    now: () => 2000,
    first: { value: "one", expiresAt: 2000 },
    meanwhile: "keep",
    pause: 0,
  });
  assert.equal(value.value, undefined);
  assert.match(
    value.reason,
    /^The client certificate CN=a expired on 1970-01-01T00:00:02Z: renew it/,
  );
});

Deno.test("Renewable.state says when a value was obtained and expires, and whether renewing fails", async () => {
  const { clock, asked, value } = world();
  const state = () => value.state;
  assert.deepEqual(state(), {
    isGood: false,
    expiresAt: undefined,
    renewal: { at: undefined, isFailing: false },
  });
  const first = value.renew();
  clock.now = 1010;
  asked[0]?.resolve({ value: "one", expiresAt: 2000, renewAt: 1800 });
  await first;
  const renewal = { at: 1010, isFailing: false };
  assert.deepEqual(state(), { isGood: true, expiresAt: 2000, renewal });
  clock.now = 2000;
  assert.deepEqual(state(), { isGood: false, expiresAt: 2000, renewal });
  const second = value.renew();
  asked[1]?.reject(new RenewalError("aws exited with 1"));
  await second;
  assert.deepEqual(state().renewal, { at: 1010, isFailing: true });
});

Deno.test("Renewable.state of what is not renewed says nothing of renewals", () => {
  const first = { value: "one", expiresAt: 2000 };
  const options = { title: "T", now: () => 1000, meanwhile: "keep", pause: 0 } as const;
  assert.deepEqual(new Renewable({ ...options, first }).state, { isGood: true, expiresAt: 2000 });
});
