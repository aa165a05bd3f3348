import assert from "node:assert/strict";
import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import type { Downstream } from "../../src/proxy/context.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";
import { RequestBody } from "../../src/proxy/request_body.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";

function downstreamOf(text: string): Downstream {
  const chunks = [encodeLatin1(text)];
  const stream = { read: () => Promise.resolve(chunks.shift() ?? null), unread: () => {} };
  return { stream, deadline: { set: () => {} } } as unknown as Downstream;
}

for (const framing of [{ kind: "length", length: 5 }, { kind: "chunked" }] as const) {
  Deno.test(`RequestBody (${framing.kind}) is written only when the last write is over`, async () => {
    const wire = framing.kind === "chunked" ? "5\r\nhello\r\n0\r\n\r\n" : "hello";
    const body = new RequestBody(framing, {
      onOctets: () => {},
      downstream: downstreamOf(wire),
      limits: defaultLimits,
    });
    const writing = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const upstream = {
      write: () => {
        started.resolve();
        return writing.promise;
      },
    } as unknown as ByteStream;
    body.sendTo(upstream, { named: [] });
    await started.promise;
    assert.equal(body.received, true);
    assert.equal(body.written, false);
    writing.resolve();
    await body.settled();
    assert.equal(body.written, true);
  });
}

Deno.test("RequestBody is not written if the upstream stops taking it", async () => {
  const body = new RequestBody({ kind: "length", length: 5 }, {
    onOctets: () => {},
    downstream: downstreamOf("hello"),
    limits: defaultLimits,
  });
  body.sendTo(
    { write: () => Promise.reject(new Error("reset")) } as unknown as ByteStream,
    { named: [] },
  );
  await body.settled();
  assert.equal(body.written, false);
});
