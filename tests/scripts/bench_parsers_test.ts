import assert from "node:assert/strict";
import { answerLength, encodeRequest } from "../../scripts/bench/bench_connection.ts";
import { selectContenders } from "../../scripts/bench/contenders.ts";
import { rotated } from "../../scripts/bench/experiment.ts";
import { selectExperiments } from "../../scripts/bench/experiments.ts";
import { parseRequestCount } from "../../scripts/bench/upstream.ts";
import { parseWrkSummary } from "../../scripts/bench/wrk.ts";

Deno.test("parseRequestCount() takes nginx's count of requests", () => {
  const status = "Active connections: 3 \nserver accepts handled requests\n 11 12 4711 \n" +
    "Reading: 0 Writing: 1 Waiting: 2 \n";
  assert.equal(parseRequestCount(status), 4711);
  assert.throws(() => parseRequestCount("<html>404</html>"), /^Error: Cannot parse /);
});

Deno.test("parseWrkSummary() finds our line in what wrk prints", () => {
  const summary = {
    requests: 5,
    micros: 6,
    errors: { connect: 0, read: 0, write: 0, status: 1, timeout: 0 },
  };
  const stdout = `Running 1s test\n  2 threads\nSUMMARY ${JSON.stringify(summary)}\n`;
  assert.deepEqual(parseWrkSummary(stdout), summary);
  assert.throws(() => parseWrkSummary("unable to connect"), /what wrk said: unable to connect/);
});

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("answerLength() adds head and body, and waits for the whole head", () => {
  const head = "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 10\r\n\r\n";
  assert.equal(answerLength(octets(head)), head.length + 10);
  assert.equal(answerLength(octets(`${head}body`)), head.length + 10);
  assert.equal(answerLength(octets(head.slice(0, -1))), undefined);
  assert.equal(answerLength(octets("")), undefined);
});

Deno.test("answerLength() refuses what is no 200 with a length", () => {
  const heads = [
    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-Content-Length: 4\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nContent-Length: 4\r\n",
  ];
  for (const head of heads) {
    assert.throws(() => answerLength(octets(head)), /^Error: Cannot measure with this answer: /);
  }
});

Deno.test("encodeRequest() writes Host and the fields that it is given", () => {
  const request = encodeRequest("/x", { host: "a:1", fields: { Connection: "close" } });
  assert.equal(
    new TextDecoder().decode(request),
    "GET /x HTTP/1.1\r\nHost: a:1\r\nAccept: */*\r\nConnection: close\r\n\r\n",
  );
});

Deno.test("rotated() starts with another one each round and loses none", () => {
  const items = ["a", "b", "c"];
  assert.deepEqual([0, 1, 2, 3].map((round) => rotated(items, round).join("")), [
    "abc",
    "bca",
    "cab",
    "abc",
  ]);
  assert.deepEqual(rotated([], 2), []);
});

Deno.test("selectExperiments() leaves out what is long unless it is named", () => {
  const names = (options: { only?: string; quick: boolean }) =>
    selectExperiments(options).map(({ name }) => name);
  assert.ok(!names({ quick: false }).includes("memory"));
  assert.ok(names({ quick: false }).includes("requests"));
  assert.ok(names({ quick: false, only: "all" }).includes("memory"));
  assert.deepEqual(names({ quick: false, only: "memory, requests" }), ["requests", "memory"]);
  assert.deepEqual(names({ quick: true }), ["requests"]);
  assert.throws(() => names({ quick: false, only: "speed" }), /^Error: Cannot measure "speed": /);
});

Deno.test("selectContenders() puts ours first and refuses unknown names", () => {
  const names = (options: { names?: string; dist: boolean }) =>
    selectContenders(options).map(({ name }) => name);
  assert.deepEqual(names({ dist: false }), ["auth-proxy", "squid", "mitmproxy", "nginx"]);
  assert.deepEqual(names({ names: "nginx,auth-proxy", dist: false }), ["auth-proxy", "nginx"]);
  assert.ok(names({ dist: true }).includes("auth-proxy-dist"));
  assert.throws(() => names({ names: "haproxy", dist: false }), /^Error: Cannot measure "haproxy"/);
});
