import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAuthority } from "../../src/wire/authority.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";
import {
  readSocks5Greeting,
  readSocks5Password,
  readSocks5Request,
  socks5MethodChoice,
  socks5Methods,
  socks5PasswordVerdict,
  type Socks5Reading,
  socks5Replies,
  socks5Reply,
} from "../../src/wire/socks5.ts";
import { WireError } from "../../src/wire/wire_error.ts";

function octets(...parts: (number | string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "string" ? [...encodeLatin1(part)] : typeof part === "number" ? [part] : part
    ),
  );
}

function wholeOf<T>(reading: Socks5Reading<T>): { length: number; message: T } {
  assert.equal(reading.kind, "whole");
  if (reading.kind !== "whole") throw new Error("unreachable");
  return reading;
}

Deno.test("readSocks5Greeting() reads the methods, and how long the message is", () => {
  const { length, message } = wholeOf(readSocks5Greeting(octets(5, 2, 0, 2, "rest")));
  assert.equal(length, 4);
  assert.deepEqual([...message], [0, 2]);
});

Deno.test("readSocks5Greeting() refuses another version, and no methods", () => {
  for (const bad of [octets(4, 1), octets(4), octets(0x16, 3), octets(5, 0)]) {
    assert.throws(() => readSocks5Greeting(bad), WireError);
  }
});

Deno.test("readSocks5Password() reads both as UTF-8, and either may be empty", () => {
  for (const [user, password] of [["ci", "s3cret:with:colons"], ["", ""], ["ä", "ö"]] as const) {
    const encoder = new TextEncoder();
    const [u, p] = [[...encoder.encode(user)], [...encoder.encode(password)]];
    const whole = wholeOf(readSocks5Password(octets(1, u.length, u, p.length, p, "x")));
    assert.deepEqual(whole.message, { user, password });
    assert.equal(whole.length, 3 + u.length + p.length);
  }
});

Deno.test("readSocks5Password() refuses another version and what is not UTF-8", () => {
  for (const bad of [octets(5, 1, "a", 1, "b"), octets(1, 1, 0xff, 1, "b")]) {
    assert.throws(() => readSocks5Password(bad), WireError);
  }
});

Deno.test("readSocks5Request() reads every type of address into its canonical form", () => {
  const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  const cases: [Uint8Array, string][] = [
    [octets(5, 1, 0, 3, 14, "API.GitHub.com", 1, 0xbb), "api.github.com:443"],
    [octets(5, 1, 0, 3, 12, "example.com.", 0, 80), "example.com:80"],
    [octets(5, 1, 0, 3, 9, "127.0.0.1", 0, 80), "127.0.0.1:80"],
    [octets(5, 1, 0, 1, 192, 0, 2, 7, 0x19, 0x2b), "192.0.2.7:6443"],
    [octets(5, 1, 0, 4, v6, 0xff, 0xff), "[2001:db8::1]:65535"],
  ];
  for (const [request, authority] of cases) {
    const { length, message } = wholeOf(readSocks5Request(octets([...request], "early")));
    assert.equal(length, request.length);
    assert.equal(message.command === "connect" && formatAuthority(message.authority), authority);
  }
});

Deno.test("readSocks5Request() refuses hosts that are none, port 0 and a reserved octet", () => {
  const bad = [
    octets(5, 1, 0, 3, 0, 0, 80),
    octets(5, 1, 0, 3, 7, "a@b.com", 0, 80),
    octets(5, 1, 0, 3, 5, "a b.c", 0, 80),
    octets(5, 1, 0, 3, 5, "a\0b.c", 0, 80),
    octets(5, 1, 0, 3, 5, "127.1", 0, 80),
    octets(5, 1, 0, 3, 7, "a.com:1", 0, 80),
    octets(5, 1, 0, 3, 5, "a.com", 0, 0),
    octets(5, 1, 1, 3, 5, "a.com", 0, 80),
    octets(4, 1, 0, 3, 5, "a.com", 0, 80),
  ];
  for (const request of bad) assert.throws(() => readSocks5Request(request), WireError);
});

Deno.test("readSocks5Request() tells what is not served by its reply", () => {
  const cases = [
    [octets(5, 2, 0, 1, 192, 0, 2, 7, 0, 80), socks5Replies.commandUnsupported],
    [octets(5, 3, 0, 3, 5, "a.com", 0, 80), socks5Replies.commandUnsupported],
    [octets(5, 1, 0, 2, 1, 2, 3), socks5Replies.addressUnsupported],
  ] as const;
  for (const [request, reply] of cases) {
    assert.deepEqual(wholeOf(readSocks5Request(request)).message, {
      command: "unsupported",
      reply,
    });
  }
});

const messages: [string, Uint8Array, (octets: Uint8Array) => Socks5Reading<unknown>][] = [
  ["greeting", octets(5, 3, 0, 1, 2), readSocks5Greeting],
  ["password", octets(1, 2, "ci", 5, "token"), readSocks5Password],
  ["request for a name", octets(5, 1, 0, 3, 5, "a.com", 1, 0xbb), readSocks5Request],
  ["request for IPv4", octets(5, 1, 0, 1, 192, 0, 2, 7, 0, 80), readSocks5Request],
];

for (const [what, message, read] of messages) {
  Deno.test(`every beginning of a ${what} is incomplete, and the whole of it is not`, () => {
    for (let length = 0; length < message.length; length++) {
      assert.equal(read(message.subarray(0, length)).kind, "incomplete", `${length} octets`);
    }
    assert.equal(wholeOf(read(message)).length, message.length);
  });
}

Deno.test("whatever arrives, the readers of SOCKS 5 throw nothing but WireError", () => {
  const readers = [readSocks5Greeting, readSocks5Password, readSocks5Request];
  const likely = fc.tuple(
    fc.constantFrom([5], [1], [5, 1, 0, 3], [5, 1, 0, 1], [5, 1, 0, 4], []),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 600 }),
  ).map(([start, rest]) => Uint8Array.from([...start, ...rest]));
  fc.assert(fc.property(likely, (input) => {
    for (const read of readers) {
      try {
        const reading = read(input);
        if (reading.kind === "incomplete") assert.ok(input.length < 3 + 2 * 255 + 2);
        else assert.ok(reading.length <= input.length);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }
  }));
});

Deno.test("what is written is what RFC 1928 and RFC 1929 say", () => {
  assert.deepEqual([...socks5MethodChoice(socks5Methods.password)], [5, 2]);
  assert.deepEqual([...socks5PasswordVerdict("accepted")], [1, 0]);
  assert.deepEqual([...socks5PasswordVerdict("refused")], [1, 1]);
  assert.deepEqual([...socks5Reply(socks5Replies.notAllowed)], [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
});
