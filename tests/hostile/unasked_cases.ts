/**
 * What an upstream sends that nobody asked for: bodies where there can be none, octets and whole
 * responses before and after an answer (RFC 9112 section 6.3, RFC 9110 section 6.4.1).
 *
 * @module
 */

import { ok, refused, relayed, relayedAndSpoilt, type ResponseCase } from "./response_case.ts";

const chunks = "5\r\nhello\r\n0\r\n\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";
const five = "Content-Length: 5\r\n";
/** What the next request must never be answered with. */
const poison = ok("Content-Length: 6\r\nX-Poison: yes\r\n", "poison");

const bodiless: readonly ResponseCase[] = [
  relayed("HEAD: a length without a body", ok(five, ""), {
    method: "HEAD",
    expected: { body: "", has: ["content-length: 5"] },
  }),
  relayedAndSpoilt("HEAD: a body all the same", ok(five, "hello"), {
    method: "HEAD",
    expected: { body: "" },
  }),
  relayedAndSpoilt(
    "HEAD: a whole response as its body",
    ok(`Content-Length: ${poison.length}\r\n`, poison),
    {
      method: "HEAD",
      expected: { body: "", lacks: ["x-poison"] },
    },
  ),
  relayed("HEAD: chunked without chunks", ok(chunked, ""), {
    method: "HEAD",
    expected: { body: "" },
  }),
  relayedAndSpoilt("HEAD: chunked with chunks", ok(chunked, chunks), {
    method: "HEAD",
    expected: { body: "" },
  }),
  relayed("HEAD: no framing", ok("", ""), { method: "HEAD", expected: { body: "" } }),
  refused("HEAD: both framings", ok(five + chunked, ""), { method: "HEAD" }),
  refused("HEAD: a malformed length", ok("Content-Length: x\r\n", ""), { method: "HEAD" }),
  relayed("204: nothing", "HTTP/1.1 204 X\r\n\r\n", { expected: { status: 204, body: "" } }),
  relayed("204: length 0 is dropped", "HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", {
    expected: { status: 204, body: "", lacks: ["content-length"] },
  }),
  refused("204: a length", "HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello"),
  refused("204: a coding", `HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
  relayedAndSpoilt("204: a body without a framing", `HTTP/1.1 204 X\r\n\r\n${poison}`, {
    expected: { status: 204, body: "", lacks: ["x-poison"] },
  }),
  relayed("304: a length without a body", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", {
    expected: { status: 304, body: "", has: ["content-length: 5"] },
  }),
  relayedAndSpoilt("304: a body all the same", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\nhello", {
    expected: { status: 304, body: "" },
  }),
  relayedAndSpoilt("304: a whole response as its body", `HTTP/1.1 304 X\r\n\r\n${poison}`, {
    expected: { status: 304, body: "", lacks: ["x-poison"] },
  }),
  relayedAndSpoilt("304: chunks", `HTTP/1.1 304 X\r\n${chunked}\r\n${chunks}`, {
    expected: { status: 304, body: "" },
  }),
  refused("304: both framings", `HTTP/1.1 304 X\r\n${five}${chunked}\r\n`),
  relayed("205: with a length has a body", `HTTP/1.1 205 X\r\n${five}\r\nhello`, {
    expected: { status: 205 },
  }),
];

const unasked: readonly ResponseCase[] = [
  relayedAndSpoilt("unasked: octets after a length", ok(five, "hello world")),
  relayedAndSpoilt("unasked: a response after a length", ok(five, `hello${poison}`)),
  relayedAndSpoilt("unasked: a response after no body", ok("Content-Length: 0\r\n", poison), {
    expected: { body: "" },
  }),
  relayedAndSpoilt("unasked: a response after the last chunk", ok(chunked, chunks + poison)),
  relayedAndSpoilt("unasked: a thousand responses", ok(five, `hello${poison.repeat(1000)}`)),
  relayedAndSpoilt("unasked: half a response", ok(five, `hello${poison.slice(0, 20)}`)),
  relayedAndSpoilt("unasked: an interim response", ok(five, "helloHTTP/1.1 100 Continue\r\n\r\n")),
  relayedAndSpoilt("unasked: a line end", ok(five, "hello\r\n")),
  relayedAndSpoilt("unasked: a NUL", ok(five, "hello\0")),
  relayedAndSpoilt("unasked: a response later, on the idle connection", ok(five, "hello"), {
    later: poison,
  }),
  relayedAndSpoilt("unasked: one octet later", ok(five, "hello"), { later: "H" }),
  relayedAndSpoilt("unasked: an interim response later", ok(chunked, chunks), {
    later: "HTTP/1.1 103 X\r\n\r\n",
  }),
  relayedAndSpoilt("unasked: later, after HEAD", ok(five, ""), {
    method: "HEAD",
    later: poison,
    expected: { body: "" },
  }),
  relayed("unasked: the answer comes before the question", "", { early: ok(five, "hello") }),
  relayedAndSpoilt("unasked: an answer before the question and one after it", "", {
    early: ok(five, "hello"),
    later: poison,
  }),
  relayedAndSpoilt("unasked: two answers before the question", "", {
    early: ok(five, `hello${poison}`),
  }),
  refused("unasked: rubbish before the question", ok(five, "hello"), { early: "hello\r\n\r\n" }),
];

export const unaskedCases: readonly ResponseCase[] = [...bodiless, ...unasked];
