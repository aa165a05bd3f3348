/** The contract: towards a service, what is wrong with one stream never ends another. */

import assert from "node:assert/strict";
import { errorCodes, StreamError } from "../../../src/wire/http2/http2_error.ts";
import { encodeLatin1 } from "../../../src/wire/octets.ts";
import {
  concat,
  data,
  frame,
  goAway,
  headers,
  readUint32,
  reset,
  settings,
} from "../../support/http2_frames.ts";
import { SessionBench, settled } from "../../support/session_bench.ts";
import { within } from "../../support/wait_until.ts";

const head = encodeLatin1("GET / HTTP/1.1\r\nHost: api.test\r\n\r\n");
const post = encodeLatin1("POST / HTTP/1.1\r\nHost: api.test\r\nContent-Length: 3\r\n\r\n");

Deno.test("UpstreamStream that is given up before it has said anything says nothing (RFC 9113 section 6.4)", async () => {
  const bench = await SessionBench.open({ role: "client" });
  bench.newStream().close();
  await settled();
  assert.deepEqual(bench.frames(), []);
  assert.equal(bench.session.size, 0);
});

Deno.test("UpstreamStream takes its number when it speaks, so that numbers rise (RFC 9113 section 5.1.1)", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const first = bench.newStream();
  const second = bench.newStream();
  await second.write(head);
  await first.write(head);
  await settled();
  assert.deepEqual(bench.frames().map(({ type, streamId }) => [type, streamId]), [
    ["headers", 1],
    ["headers", 3],
  ]);
  await bench.send(headers(1, [[":status", "204"]], { end: true }));
  assert.match(new TextDecoder().decode(await second.read() ?? undefined), /^HTTP\/1\.1 204/);
});

Deno.test("Http2Session refuses an answer to a request that has not been sent", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await bench.send(headers(1, [[":status", "200"]], { end: true }));
  await assert.rejects(stream.read());
  assert.equal(bench.io.closed, true);
});

Deno.test("Http2Session fails a stream that is opened after its end, instead of letting it wait", async () => {
  const bench = SessionBench.silent({ role: "client" });
  bench.io.arrive(concat([settings([]), frame("ping", { payload: [1] })]));
  // Resolved by the SETTINGS, in the same turn in which the frame after it ends the connection.
  await bench.session.ready;
  const stream = bench.newStream();
  const reading = (async () => {
    await stream.write(head);
    return await stream.read();
  })();
  const failed = within(reading, { what: "the stream has failed", deadlineMs: 1000 });
  await assert.rejects(failed, StreamError);
  stream.close();
  assert.equal(bench.session.size, 0);
});

Deno.test("Http2Session tells a stream that waits to speak that the peer goes away: it is unprocessed", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await bench.send(goAway(2 ** 31 - 1, 0));
  await assert.rejects(
    stream.write(head),
    (error) => error instanceof StreamError && error.unprocessed,
  );
});

Deno.test("Http2Session tells the streams above a GOAWAY's last one that they are unprocessed", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const [first, second] = [bench.newStream(), bench.newStream()];
  await first.write(head);
  await second.write(head);
  await bench.send(goAway(1, errorCodes.enhance_your_calm));
  await assert.rejects(
    second.read(),
    (error) => error instanceof StreamError && error.unprocessed,
  );
  assert.equal(bench.session.hasRoom, false);
  second.close();
  await bench.send(headers(1, [[":status", "200"]]), data(1, "hi", { end: true }));
  assert.match(new TextDecoder().decode(await first.read() ?? undefined), /hi/);
  first.close();
  await settled();
  assert.equal(bench.io.closed, true);
});

Deno.test("UpstreamStream says with what code the peer has reset it, and whether it was looked at", async () => {
  for (const code of [0, errorCodes.refused_stream, errorCodes.cancel, 0xdeadbeef]) {
    const bench = await SessionBench.open({ role: "client" });
    const stream = bench.newStream();
    await stream.write(head);
    await bench.send(reset(1, code));
    await assert.rejects(stream.read(), (error) => {
      assert.ok(error instanceof StreamError);
      assert.equal(error.code, code);
      assert.equal(error.unprocessed, code === errorCodes.refused_stream);
      return true;
    });
    bench.frames();
    stream.close();
    await settled();
    // RFC 9113 section 5.4.2: no RST_STREAM in response to RST_STREAM.
    assert.deepEqual(bench.frames(), []);
  }
});

Deno.test("UpstreamStream that is given up in the middle is reset with CANCEL, and what still comes is dropped", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await stream.write(head);
  await bench.send(headers(1, [[":status", "200"]]), data(1, "x"));
  bench.frames();
  stream.close();
  await settled();
  const [rst, ...more] = bench.frames();
  assert.deepEqual([rst?.type, rst?.streamId, more.length], ["rst_stream", 1, 0]);
  assert.equal(readUint32(rst?.payload ?? new Uint8Array(4), 0), errorCodes.cancel);
  await bench.send(
    data(1, "y"),
    data(1, "z", { end: true }),
    headers(1, [["x", "y"]], { end: true }),
  );
  assert.deepEqual(bench.frames(), []);
  assert.equal(bench.io.closed, false);
});

Deno.test("UpstreamStream that gives up a flood of large frames does not end its siblings", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const sibling = bench.newStream();
  await sibling.write(head);
  const frames = 5000;
  const stream = bench.newStream();
  await stream.write(head);
  await bench.send(headers(3, [[":status", "200"]]));
  stream.close();
  const piece = data(3, new Uint8Array(16_000));
  for (let sent = 0; sent < frames; sent += 50) await bench.send(...Array(50).fill(piece));
  await bench.send(headers(1, [[":status", "204"]], { end: true }));
  assert.match(new TextDecoder().decode(await sibling.read() ?? undefined), /204/);
});

Deno.test("UpstreamStream bounds the interim responses that wait to be read", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await stream.write(head);
  const interim = headers(1, [[":status", "103"], ["link", "x".repeat(1000)]]);
  await bench.send(...Array(200).fill(interim));
  const read = await stream.read();
  assert.ok((read?.length ?? 0) < 100_000, `${read?.length} octets wait`);
  await assert.rejects(stream.read(), StreamError);
  stream.close();
  assert.equal(bench.session.size, 0);
});

Deno.test("UpstreamStream whose answer is malformed is reset once, whatever still comes of it", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await stream.write(head);
  const surplus = Array.from({ length: 1000 }, () => data(1, "more"));
  await bench.send(headers(1, [[":status", "200"], ["content-length", "1"]]), ...surplus);
  const resets = bench.frames().filter(({ type }) => type === "rst_stream");
  assert.equal(resets.length, 1);
  assert.equal(bench.io.closed, false);
  stream.close();
});

Deno.test("UpstreamStream reads an answer that ends before its request does, though it is reset with NO_ERROR", async () => {
  const bench = await SessionBench.open({ role: "client" });
  const stream = bench.newStream();
  await stream.write(post);
  await bench.send(
    headers(1, [[":status", "413"], ["content-length", "2"]]),
    data(1, "no", { end: true }),
    reset(1, errorCodes.no_error),
  );
  assert.match(new TextDecoder().decode(await stream.read() ?? undefined), /413 [^]*no$/);
  await assert.rejects(stream.write(encodeLatin1("abc")), StreamError);
});
