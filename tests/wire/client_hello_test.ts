/**
 * The contract: a valid hello gives the same result however it is cut into packets and records, no
 * proper prefix of one is ever a hello, and what is malformed throws WireError and nothing else.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
import fc from "fast-check";
import { type ClientHelloResult, readClientHello } from "../../src/wire/client_hello.ts";
import { WireError } from "../../src/wire/wire_error.ts";

type Bytes = readonly number[];

function bytes(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** A vector: its length in `size` bytes, then its content. */
function vector(size: number, content: Bytes): number[] {
  const length = Array.from({ length: size }, (_, index) => {
    return Math.floor(content.length / 256 ** (size - 1 - index)) % 256;
  });
  return [...length, ...content];
}

function extension(type: number, data: Bytes): number[] {
  return [type >> 8, type & 0xff, ...vector(2, data)];
}

function serverNames(...names: [type: number, name: string][]): number[] {
  return extension(
    0,
    vector(2, names.flatMap(([type, name]) => [type, ...vector(2, bytes(name))])),
  );
}

function alpn(...protocols: string[]): number[] {
  return extension(16, vector(2, protocols.flatMap((protocol) => vector(1, bytes(protocol)))));
}

interface HelloParts {
  sessionId?: Bytes;
  suites?: Bytes;
  compression?: Bytes;
  /** Everything from the extensions' length on; none for a hello without extensions. */
  rest?: Bytes;
}

function body(parts: HelloParts = {}): number[] {
  return [
    0x03,
    0x03,
    ...new Array<number>(32).fill(0xaa),
    ...vector(1, parts.sessionId ?? []),
    ...vector(2, parts.suites ?? [0x13, 0x01]),
    ...vector(1, parts.compression ?? [0]),
    ...(parts.rest ?? []),
  ];
}

function message(content: Bytes, type = 1): number[] {
  return [type, ...vector(3, content)];
}

/** Cuts a handshake message into records after the given numbers of bytes. */
function records(content: Bytes, cuts: readonly number[] = []): Uint8Array {
  const result: number[] = [];
  let from = 0;
  for (const cut of [...cuts, content.length]) {
    const to = Math.min(cut, content.length);
    if (to <= from) continue;
    result.push(0x16, 0x03, 0x01, ...vector(2, content.slice(from, to)));
    from = to;
  }
  return Uint8Array.from(result);
}

function helloWith(...extensions: Bytes[]): Uint8Array {
  return records(message(body({ rest: vector(2, extensions.flat()) })));
}

function refuses(input: Uint8Array, state: RegExp): void {
  assert.throws(() => readClientHello(input), (error) => {
    assert.ok(error instanceof WireError, `${error}`);
    assert.match(error.message, /^Cannot read the ClientHello: /);
    assert.match(error.message, state);
    return true;
  });
}

Deno.test("readClientHello() reads the server name and the protocols", () => {
  const table: [Uint8Array, ClientHelloResult][] = [
    [records(message(body())), { kind: "hello", alpn: [] }],
    [helloWith(), { kind: "hello", alpn: [] }],
    [helloWith(serverNames([0, "h"])), { kind: "hello", serverName: "h", alpn: [] }],
    [helloWith(serverNames([0, "API.GitHub.com."])), {
      kind: "hello",
      serverName: "api.github.com",
      alpn: [],
    }],
    [helloWith(alpn("h2", "http/1.1")), { kind: "hello", alpn: ["h2", "http/1.1"] }],
    [helloWith(alpn("a".repeat(255), "\x0a\x0a\xff")), {
      kind: "hello",
      alpn: ["a".repeat(255), "\x0a\x0a\xff"],
    }],
    // GREASE (RFC 8701) before and after, as browsers send it.
    [helloWith(extension(0x0a0a, []), alpn("h2"), serverNames([0, "h"]), extension(0xfafa, [0])), {
      kind: "hello",
      serverName: "h",
      alpn: ["h2"],
    }],
    // Forbidden by RFC 6066 section 3 and sent all the same; the caller decides.
    [helloWith(serverNames([0, "127.0.0.1"])), {
      kind: "hello",
      serverName: "127.0.0.1",
      alpn: [],
    }],
    [helloWith(serverNames([0, "::1"])), { kind: "hello", serverName: "::1", alpn: [] }],
    [helloWith(serverNames([0, "h:8443"])), { kind: "hello", serverName: "h:8443", alpn: [] }],
    [helloWith(serverNames([0, "!~"])), { kind: "hello", serverName: "!~", alpn: [] }],
    // A name type that nobody has defined yet is passed over.
    [helloWith(serverNames([1, "x"])), { kind: "hello", alpn: [] }],
    [helloWith(serverNames([1, "\0"], [0, "h"], [255, "y"])), {
      kind: "hello",
      serverName: "h",
      alpn: [],
    }],
    [records(message(body({ sessionId: new Array<number>(32).fill(1) }))), {
      kind: "hello",
      alpn: [],
    }],
  ];
  for (const [input, expected] of table) {
    assert.deepEqual(readClientHello(input), expected);
    const padded = new Uint8Array(input.length + 8);
    padded.set(input, 4);
    assert.deepEqual(readClientHello(padded.subarray(4, 4 + input.length)), expected);
  }
});

Deno.test("readClientHello() tells what is no TLS from what has not arrived", () => {
  const incomplete = [[], [0x16], [0x16, 0x03], [0x16, 0x03, 0xff], [0x16, 0x03, 0x01, 0x02]];
  for (const start of incomplete) {
    assert.deepEqual(readClientHello(Uint8Array.from(start)), { kind: "incomplete" });
  }
  const notTls = ["GET / HTTP/1.1\r\n\r\n", "\x15", "\x17\x03", "\x14", "\x80\x2e\x01", "\x16\x02"];
  for (
    const text of [...notTls, "\x16\x04", "\x16\x16\x03", "\x16\xfe\xff", "\0", "SSH-2.0-x\r\n"]
  ) {
    assert.deepEqual(readClientHello(Uint8Array.from(bytes(text))), { kind: "not_tls" }, text);
  }
});

Deno.test("readClientHello() refuses malformed records", () => {
  const hello = message(body());
  const record = (...rest: Bytes) => Uint8Array.from([0x16, 0x03, 0x01, ...rest]);
  refuses(record(0, 0), /a handshake record is empty/);
  refuses(Uint8Array.from([...records(hello.slice(0, 9)), 0x16, 3, 1, 0, 0]), /record is empty/);
  refuses(record(0x40, 0x01), /longer than 16 KiB/);
  refuses(record(0xff, 0xff), /longer than 16 KiB/);
  assert.deepEqual(readClientHello(record(0x40, 0x00)), { kind: "incomplete" });
  refuses(record(0, 1, 2), /the first message is another one/);
  refuses(records(message([], 0)), /the first message is another one/);
  refuses(records(message(body(), 2)), /the first message is another one/);
  for (const type of [0x14, 0x15, 0x17, 0x47]) {
    const interrupted = [...records(hello.slice(0, 9)), type];
    refuses(Uint8Array.from(interrupted), /a record of another type interrupts it/);
  }
  refuses(Uint8Array.from([...records(hello.slice(0, 9)), 0x16, 4]), /unknown version/);
  refuses(records([...hello, 0]), /something follows it in its last record/);
  refuses(records([...hello, ...hello]), /something follows it in its last record/);
  // Known from the lengths alone, before the surplus has arrived.
  refuses(records([...hello, 0]).subarray(0, 9), /something follows it in its last record/);
});

Deno.test("readClientHello() leaves what follows the hello's record alone", () => {
  const hello = helloWith(serverNames([0, "h"]));
  const expected = { kind: "hello", serverName: "h", alpn: [] };
  // ChangeCipherSpec and early data of RFC 8446 appendix D.4, then nonsense.
  for (
    const tail of [[0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 1, 0], [0xff], new Array(70_000).fill(9)]
  ) {
    assert.deepEqual(readClientHello(Uint8Array.from([...hello, ...tail])), expected);
  }
});

Deno.test("readClientHello() gives up at 64 KiB, record headers included", () => {
  const sized = (size: number) => {
    const fixed = body({ rest: vector(2, extension(21, [])) }).length + 4;
    return message(
      body({ rest: vector(2, extension(21, new Array<number>(size - fixed).fill(0))) }),
    );
  };
  const cuts = [16384, 32768, 49152];
  const largest = records(sized(65536 - 4 * 5), cuts);
  assert.equal(largest.length, 65536);
  assert.deepEqual(readClientHello(largest), { kind: "hello", alpn: [] });
  for (const length of [65535, 49172, 16389, 100]) {
    assert.deepEqual(readClientHello(largest.subarray(0, length)), { kind: "incomplete" });
  }
  const tooLarge = records(sized(65536 - 4 * 5 + 1), cuts);
  refuses(tooLarge, /does not end within 64 KiB/);
  refuses(tooLarge.subarray(0, 9), /does not end within 64 KiB/);
  refuses(Uint8Array.from([0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), /does not end within 64 KiB/);
});

Deno.test("readClientHello() gives up at 1,024 records", () => {
  const everyByte = (size: number) => Array.from({ length: size }, (_, index) => index);
  const sized = (size: number) => {
    const fixed = body({ rest: vector(2, extension(21, [])) }).length + 4;
    return message(
      body({ rest: vector(2, extension(21, new Array<number>(size - fixed).fill(0))) }),
    );
  };
  assert.deepEqual(readClientHello(records(sized(1024), everyByte(1024))), {
    kind: "hello",
    alpn: [],
  });
  refuses(records(sized(1025), everyByte(1025)), /too many records/);
});

Deno.test("readClientHello() refuses malformed hellos", () => {
  const short = /it is shorter than its lengths say/;
  const length = /a vector has a wrong length/;
  const over = /bytes are left over/;
  const full = body({ rest: vector(2, []) });
  for (let cut = 0; cut < full.length; cut++) {
    // Where the extensions would begin, a hello may end.
    if (cut === full.length - 2) continue;
    refuses(records(message(full.slice(0, cut))), /shorter than|wrong length/);
  }
  const table: [Uint8Array, RegExp][] = [
    [records(message(body({ sessionId: new Array<number>(33).fill(1) }))), length],
    [records(message(body({ suites: [] }))), length],
    [records(message(body({ suites: [0x13, 0x01, 0x13] }))), /the cipher suites are cut short/],
    [records(message(body({ compression: [] }))), length],
    [records(message(body({ rest: [...vector(2, []), 0] }))), over],
    [records(message(body({ rest: [0, 5, 0, 0, 0, 0] }))), short],
    [helloWith([0]), short],
    [helloWith([0, 21, 0]), short],
    [helloWith([0, 21, 0, 1]), short],
    [helloWith(extension(21, []), extension(21, [])), /extension 21 occurs twice/],
    [helloWith(serverNames([0, "a"]), serverNames([0, "b"])), /extension 0 occurs twice/],
    [helloWith(alpn("a"), alpn("b")), /extension 16 occurs twice/],
    [helloWith(extension(0, [])), short],
    [helloWith(extension(0, [0, 0])), length],
    [helloWith(extension(0, [0, 1, 0])), short],
    [helloWith(extension(0, [0, 4, 0, 0, 2, 0x61])), short],
    [helloWith(extension(0, [0, 3, 0, 0, 1, 0x61])), over],
    [helloWith(extension(0, [0, 4, 0, 0, 1, 0x61, 0])), over],
    [helloWith(serverNames([0, ""])), length],
    [helloWith(serverNames([0, "."])), /the server name is empty/],
    [helloWith(serverNames([0, "a"], [0, "b"])), /two names of type 0/],
    [helloWith(serverNames([0, "a"], [0, "a"])), /two names of type 0/],
    [helloWith(serverNames([7, "a"], [7, "b"])), /two names of type 7/],
    ...["\0", "a\0", "\0a", "a\x80", "é", "\xff", "a b", "\t", "a\n", "\x1f", "\x7f"].map(
      (name): [Uint8Array, RegExp] => [helloWith(serverNames([0, name])), /not printable ASCII/],
    ),
    [helloWith(extension(16, [])), short],
    [helloWith(alpn()), length],
    [helloWith(alpn("")), length],
    [helloWith(alpn("h2", "")), length],
    [helloWith(extension(16, [0, 3, 3, 0x68, 0x32])), short],
    [helloWith(extension(16, [0, 3, 2, 0x68, 0x32, 0])), over],
  ];
  for (const [input, state] of table) refuses(input, state);
});

/** What a real client sends first, until the hello is whole. */
async function capture(connect: (port: number) => Promise<void>): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const server = net.createServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      try {
        if (readClientHello(all).kind === "incomplete") return;
        resolve(new Uint8Array(all));
      } catch (error) {
        reject(error);
      }
      socket.destroy();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const [hello] = await Promise.all([promise, connect(address.port)]);
    return hello;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}

/** Handshakes with a server that hangs up; that it fails is what is expected. */
function nodeClient(options: tls.ConnectionOptions): (port: number) => Promise<void> {
  return (port) =>
    new Promise<void>((closed) => {
      const socket = tls.connect({ ...options, port, host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.on("close", () => closed());
    });
}

async function denoClient(port: number): Promise<void> {
  const options = { hostname: "localhost", port, alpnProtocols: ["h2", "http/1.1"] };
  await Deno.connectTls(options).then((connection) => connection.handshake(), () => {}).catch(
    () => {},
  );
}

Deno.test("readClientHello() reads what node:tls and Deno.connectTls send", async () => {
  const node = await capture(
    nodeClient({ servername: "API.example.com", ALPNProtocols: ["h2", "http/1.1"] }),
  );
  assert.deepEqual(readClientHello(node), {
    kind: "hello",
    serverName: "api.example.com",
    alpn: ["h2", "http/1.1"],
  });
  const old = await capture(nodeClient({ servername: "old.example.com", maxVersion: "TLSv1.2" }));
  assert.deepEqual(readClientHello(old), {
    kind: "hello",
    serverName: "old.example.com",
    alpn: [],
  });
  assert.deepEqual(readClientHello(await capture(denoClient)), {
    kind: "hello",
    serverName: "localhost",
    alpn: ["h2", "http/1.1"],
  });
});

Deno.test("readClientHello() gives the same for every split of a real hello", async () => {
  const hello = await capture(nodeClient({ servername: "h.example", ALPNProtocols: ["h2"] }));
  const expected = { kind: "hello", serverName: "h.example", alpn: ["h2"] };
  for (let arrived = 0; arrived < hello.length; arrived++) {
    assert.deepEqual(readClientHello(hello.subarray(0, arrived)), { kind: "incomplete" });
  }
  assert.deepEqual(readClientHello(hello), expected);
  const content = Array.from(hello.subarray(5));
  for (let cut = 1; cut < content.length; cut++) {
    const twoRecords = records(content, [cut]);
    assert.deepEqual(readClientHello(twoRecords), expected);
    assert.deepEqual(readClientHello(twoRecords.subarray(0, -1)), { kind: "incomplete" });
  }
});

const label = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_"), minLength: 1, maxLength: 20 });
const anyHello = fc.record({
  name: fc.option(
    fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
  ),
  protocols: fc.uniqueArray(label, { maxLength: 4 }),
  padding: fc.nat({ max: 300 }),
  cuts: fc.array(fc.nat({ max: 500 }), { maxLength: 12 }),
});

Deno.test("readClientHello() gives the same for every split of any hello over any records", () => {
  fc.assert(
    fc.property(anyHello, ({ name, protocols, padding, cuts }) => {
      const extensions = [
        ...extension(21, new Array<number>(padding).fill(0)),
        ...(name === null ? [] : serverNames([0, name])),
        ...(protocols.length === 0 ? [] : alpn(...protocols)),
      ];
      const input = records(
        message(body({ rest: vector(2, extensions) })),
        cuts.toSorted((a, b) => a - b),
      );
      const expected = name === null
        ? { kind: "hello", alpn: protocols }
        : { kind: "hello", serverName: name.toLowerCase(), alpn: protocols };
      for (let arrived = 0; arrived < input.length; arrived++) {
        assert.equal(readClientHello(input.subarray(0, arrived)).kind, "incomplete");
      }
      assert.deepEqual(readClientHello(input), expected);
    }),
    { numRuns: 200 },
  );
});

Deno.test("readClientHello() throws nothing but WireError, and never takes a refusal back", () => {
  const valid = helloWith(serverNames([0, "api.example.com"]), alpn("h2", "http/1.1"));
  const mutated = fc.array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 4,
  }).map((changes) => {
    const copy = valid.slice();
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });
  const random = fc.uint8Array({ maxLength: 200 }).map((tail) => {
    return Uint8Array.from([0x16, 0x03, 0x01, 0, tail.length, 1, 0, 0, ...tail]);
  });
  fc.assert(
    fc.property(fc.oneof(mutated, random, fc.uint8Array()), (input) => {
      let settled: string | undefined;
      for (let arrived = 0; arrived <= input.length; arrived++) {
        const outcome = outcomeOf(input.subarray(0, arrived));
        if (settled !== undefined) assert.equal(outcome, settled);
        else if (outcome !== "incomplete") settled = outcome;
      }
    }),
    { numRuns: 1500 },
  );
});

function outcomeOf(input: Uint8Array): string {
  try {
    const result = readClientHello(input);
    return result.kind === "hello" ? JSON.stringify(result) : result.kind;
  } catch (error) {
    assert.ok(error instanceof WireError, `${error}`);
    return "refused";
  }
}
