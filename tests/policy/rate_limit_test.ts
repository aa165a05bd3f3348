import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Admission,
  type LimitedRequest,
  RateLimiter,
  type RateLimitSettings,
} from "../../src/policy/rate_limit.ts";

const twoPerMinute = { requests: { count: 2, perMs: 60_000, burst: 2 } };
const tenOctets = { upload: { bytes: 10, perMs: 1000 } };

function request(changes: Partial<LimitedRequest> = {}): LimitedRequest {
  return { agent: "ci", rule: "github", contentLength: 0, now: 0, ...changes };
}

/** How many of the requests pass, one after the other. */
function passing(limiter: RateLimiter, requests: readonly LimitedRequest[]): number {
  return requests.filter((one) => limiter.admit(one).admitted).length;
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

function spend(admission: Admission, octets: number, now: number): void {
  assert.ok(admission.admitted && admission.spend !== undefined);
  admission.spend(octets, now);
}

Deno.test("RateLimiter without settings admits everything and remembers nothing", () => {
  const limiter = new RateLimiter([]);
  assert.deepEqual(limiter.admit(request({ contentLength: 1e15 })), { admitted: true });
  assert.equal(limiter.size, 0);
});

Deno.test("RateLimiter admits a burst, then what the rate gives, and says when to come again", () => {
  const limiter = new RateLimiter([twoPerMinute]);
  assert.equal(passing(limiter, times(5, request())), 2);
  assert.deepEqual(limiter.admit(request()), {
    admitted: false,
    reason: 'Cannot admit the request: agent "ci" under rule "github" has used up its ' +
      "2 requests a minute",
    retryAfterSeconds: 30,
  });
  const early = limiter.admit(request({ now: 29_999 }));
  assert.equal(!early.admitted && early.retryAfterSeconds, 1);
  assert.deepEqual(limiter.admit(request({ now: 30_000 })), { admitted: true });
  assert.equal(limiter.admit(request({ now: 30_001 })).admitted, false);
});

Deno.test("RateLimiter has a word for clients that have no agent's name", () => {
  const limiter = new RateLimiter([twoPerMinute]);
  const nameless = request({ agent: "" });
  assert.equal(passing(limiter, times(5, nameless)), 2);
  const refusal = limiter.admit(nameless);
  assert.ok(!refusal.admitted);
  assert.match(refusal.reason, /: a client without an agent's name under rule "github" has used/);
});

Deno.test("RateLimiter gives every agent under every rule a bucket of its own", () => {
  const limiter = new RateLimiter([twoPerMinute]);
  const others: Partial<LimitedRequest>[] = [
    { agent: "ci", rule: "github" },
    { agent: "ci", rule: "sentry" },
    { agent: "dev", rule: "github" },
    // Names that would run into each other if they were only put together.
    { agent: "a", rule: "bc" },
    { agent: "ab", rule: "c" },
    { agent: "1 a", rule: "" },
  ];
  for (const changes of others) {
    assert.equal(passing(limiter, times(3, request(changes))), 2, JSON.stringify(changes));
  }
  const { rule: _, ...unmatched } = request();
  assert.equal(passing(limiter, times(3, unmatched)), 2);
  assert.equal(limiter.size, 7);
});

Deno.test("RateLimiter holds to a setting the rule and the agents that it names, nobody else", () => {
  const table: [RateLimitSettings, Partial<LimitedRequest>, boolean][] = [
    [{ rule: "github" }, {}, true],
    [{ rule: "sentry" }, {}, false],
    [{ agents: ["dev", "ci"] }, {}, true],
    [{ agents: ["dev"] }, {}, false],
    [{ agents: [] }, {}, false],
    [{ rule: "github", agents: ["ci"] }, {}, true],
    [{ rule: "github", agents: ["ci"] }, { agent: "dev" }, false],
    [{ rule: "github", agents: ["ci"] }, { rule: "sentry" }, false],
  ];
  for (const [setting, changes, isHeld] of table) {
    const limiter = new RateLimiter([{ ...setting, ...twoPerMinute }]);
    assert.equal(passing(limiter, times(3, request(changes))), isHeld ? 2 : 3);
  }
  const { rule: _, ...unmatched } = request();
  const limiter = new RateLimiter([{ rule: "github", ...twoPerMinute }]);
  assert.equal(passing(limiter, times(3, unmatched)), 3);
});

Deno.test("RateLimiter counts a request in no bucket if one of them refuses", () => {
  const limiter = new RateLimiter([
    { requests: { count: 3, perMs: 1000, burst: 3 } },
    { rule: "github", requests: { count: 1, perMs: 3_600_000, burst: 1 } },
  ]);
  assert.equal(limiter.admit(request()).admitted, true);
  const refusal = limiter.admit(request());
  assert.equal(!refusal.admitted && refusal.retryAfterSeconds, 3600);
  assert.equal(passing(limiter, times(10, request())), 0);
  const narrow = new RateLimiter([
    { agents: ["ci"], requests: { count: 1, perMs: 1000, burst: 1 } },
    { requests: { count: 10, perMs: 3_600_000, burst: 10 } },
  ]);
  // Ten times refused by the first, and still all ten of the second are there.
  let admitted = 0;
  for (let second = 0; second < 10; second++) {
    admitted += passing(narrow, times(2, request({ now: second * 1000 })));
  }
  assert.equal(admitted, 10);
});

Deno.test("RateLimiter names the limit that takes longest", () => {
  const limiter = new RateLimiter([
    { requests: { count: 1, perMs: 1000, burst: 1 } },
    { requests: { count: 60, perMs: 3_600_000, burst: 1 } },
  ]);
  limiter.admit(request());
  const refusal = limiter.admit(request());
  assert.ok(!refusal.admitted);
  assert.match(refusal.reason, /60 requests an hour$/);
  assert.equal(refusal.retryAfterSeconds, 60);
});

Deno.test("RateLimiter lets an upload run into debt, and has the next one wait until it is paid", () => {
  const limiter = new RateLimiter([tenOctets]);
  spend(limiter.admit(request({ contentLength: 10 })), 10, 0);
  assert.equal(limiter.admit(request({ contentLength: 1 })).admitted, false);
  // 0.1 s later there is one octet, which is enough to begin.
  const { contentLength: _, ...unknown } = request({ now: 100 });
  const chunked = limiter.admit(unknown);
  spend(chunked, 11, 100);
  spend(chunked, 20, 100);
  const refusal = limiter.admit(unknown);
  assert.deepEqual(refusal, {
    admitted: false,
    reason: 'Cannot admit the request: agent "ci" under rule "github" has used up its ' +
      "10 octets of uploads a second",
    retryAfterSeconds: 4,
  });
  assert.equal(limiter.admit(request({ contentLength: 0, now: 100 })).admitted, true);
  assert.equal(limiter.admit(request({ contentLength: 1, now: 3199 })).admitted, false);
  assert.equal(limiter.admit(request({ contentLength: 1, now: 3200 })).admitted, true);
});

Deno.test("RateLimiter refuses at once, and for ever, what is longer than the whole bucket", () => {
  const limiter = new RateLimiter([tenOctets, twoPerMinute]);
  assert.equal(limiter.admit(request({ contentLength: 10 })).admitted, true);
  assert.deepEqual(limiter.admit(request({ contentLength: 11 })), {
    admitted: false,
    reason: "Cannot admit the request: its 11 octets never fit into the 10 octets a second of " +
      'agent "ci" under rule "github"; send it in parts',
  });
  assert.equal(passing(limiter, times(2, request())), 1, "it was not counted as a request");
});

Deno.test("RateLimiter counts an upload though its buckets were forgotten meanwhile", () => {
  const limiter = new RateLimiter([tenOctets]);
  const upload = limiter.admit(request({ contentLength: 5 }));
  for (let agent = 0; agent < 200; agent++) limiter.admit(request({ agent: `${agent}`, now: 1 }));
  assert.ok(limiter.size < 200);
  spend(upload, 20, 2);
  assert.equal(limiter.admit(request({ contentLength: 1, now: 2 })).admitted, false);
});

Deno.test("RateLimiter forgets the buckets that are full again", () => {
  const limiter = new RateLimiter([twoPerMinute]);
  for (let agent = 0; agent < 10_000; agent++) {
    // A bucket is full again after 30 s, which is what 30 of them take here.
    limiter.admit(request({ agent: `agent-${agent}`, now: agent * 1000 }));
    assert.ok(limiter.size <= 65, `${limiter.size} buckets`);
  }
});

const steps = fc.array(
  fc.record({ step: fc.integer({ min: -5000, max: 5000 }), agent: fc.constantFrom("a", "b") }),
  { maxLength: 200 },
);

Deno.test("RateLimiter never admits more than burst and rate give, in any window, whatever the clock does", () => {
  const limits = fc.record({
    count: fc.integer({ min: 1, max: 20 }),
    perMs: fc.constantFrom(1000, 7000, 60_000),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(fc.property(limits, steps, (requests, all) => {
    const limiter = new RateLimiter([{ requests }]);
    const passed: Record<string, number[]> = { a: [], b: [] };
    let now = 0;
    let latest = -Infinity;
    for (const { step, agent } of all) {
      now += step;
      latest = Math.max(latest, now);
      if (limiter.admit(request({ agent, now })).admitted) passed[agent]?.push(latest);
    }
    for (const times of Object.values(passed)) {
      for (const [first, from] of times.entries()) {
        for (const [last, to] of times.entries()) {
          if (last < first) continue;
          // In whole numbers: count ≤ burst + rate × time, times perMs.
          const most = requests.burst * requests.perMs + (to - from) * requests.count;
          assert.ok((last - first + 1) * requests.perMs <= most);
        }
      }
    }
  }));
});

Deno.test("RateLimiter admits after the time that it said, if nobody else came", () => {
  const requests = { count: 3, perMs: 7000, burst: 4 };
  fc.assert(fc.property(steps, (all) => {
    const limiter = new RateLimiter([{ requests }]);
    let now = 0;
    for (const { step, agent } of all) {
      now += Math.abs(step) / 10;
      const admission = limiter.admit(request({ agent, now }));
      if (admission.admitted) continue;
      assert.ok(Number.isInteger(admission.retryAfterSeconds));
      now += (admission.retryAfterSeconds ?? 0) * 1000;
      assert.equal(limiter.admit(request({ agent, now })).admitted, true);
    }
  }));
});
