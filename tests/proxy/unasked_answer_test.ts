import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { ProxyError } from "../../src/errors.ts";
import type { ByteStream } from "../../src/proxy/byte_stream.ts";
import { DenoStream } from "../../src/proxy/deno_stream.ts";
import { SocketStream } from "../../src/proxy/socket_stream.ts";
import { refuseUnaskedAnswer } from "../../src/proxy/unasked_answer.ts";
import { writeAll } from "../support/write_all.ts";

const kinds: Record<string, (port: number) => Promise<ByteStream>> = {
  DenoStream: async (port) => new DenoStream(await Deno.connect({ hostname: "127.0.0.1", port })),
  SocketStream: async (port) => {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new SocketStream(socket);
  },
};

for (const [kind, open] of Object.entries(kinds)) {
  Deno.test(`refuseUnaskedAnswer() refuses what speaks first, over ${kind}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const stream = await open(listener.addr.port);
    using peer = await accepting;
    // On the loopback it has arrived when this resolves.
    await writeAll(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    await assert.rejects(
      refuseUnaskedAnswer(stream),
      (error) => error instanceof ProxyError && error.kind === "malformed_response",
    );
  });

  Deno.test(`refuseUnaskedAnswer() lets what is silent be, and what has ended, over ${kind}`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const stream = await open(listener.addr.port);
    const peer = await accepting;
    await refuseUnaskedAnswer(stream);
    await writeAll(peer, "answer");
    assert.equal((await stream.read())?.length, "answer".length);
    peer.close();
    await refuseUnaskedAnswer(stream);
    assert.equal(await stream.read(), null);
    stream.close();
  });
}
