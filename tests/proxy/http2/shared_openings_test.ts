import assert from "node:assert/strict";
import { SharedOpenings } from "../../../src/proxy/http2/shared_openings.ts";

const never = new AbortController().signal;

Deno.test("SharedOpenings makes one attempt for all who ask meanwhile, and another later", async () => {
  const openings = new SharedOpenings();
  const { promise, resolve } = Promise.withResolvers<string>();
  let attempts = 0;
  const attempt = () => {
    attempts++;
    return promise;
  };
  const options = { signal: never, attempt };
  const asked = [openings.open("a", options), openings.open("a", options)];
  const other = openings.open("b", options);
  resolve("opened");
  assert.deepEqual(await Promise.all([...asked, other]), ["opened", undefined, "opened"]);
  assert.equal(attempts, 2);
  assert.equal(await openings.open("a", options), "opened");
  assert.equal(attempts, 3);
});

Deno.test("SharedOpenings tells all why an attempt has failed", async () => {
  const openings = new SharedOpenings();
  const { promise, reject } = Promise.withResolvers<string>();
  const options = { signal: never, attempt: () => promise };
  const asked = [openings.open("a", options), openings.open("a", options)];
  reject(new Error("refused"));
  for (const each of await Promise.allSettled(asked)) {
    assert.equal(each.status === "rejected" && each.reason.message, "refused");
  }
});

Deno.test("SharedOpenings lets those who wait try themselves if the attempt was called off", async () => {
  const openings = new SharedOpenings();
  const first = new AbortController();
  const attempt = () =>
    new Promise<string>((_, reject) => {
      first.signal.addEventListener("abort", () => reject(first.signal.reason));
    });
  const one = openings.open("a", { signal: first.signal, attempt });
  const two = openings.open("a", { signal: never, attempt });
  first.abort(new Error("left"));
  await assert.rejects(one, /left/);
  assert.equal(await two, undefined);
});

Deno.test("SharedOpenings lets go of one who waits and leaves, before or while it waits", async () => {
  const openings = new SharedOpenings();
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = { signal: never, attempt: () => promise };
  const one = openings.open("a", options);
  const leaver = new AbortController();
  const two = openings.open("a", { ...options, signal: leaver.signal });
  leaver.abort(new Error("left"));
  await assert.rejects(two, /left/);
  await assert.rejects(openings.open("a", { ...options, signal: leaver.signal }), /left/);
  resolve("opened");
  assert.equal(await one, "opened");
});
