/**
 * Interim responses and protocol switches of a hostile upstream (RFC 9110 sections 7.8 and 15.2).
 *
 * @module
 */

import { ok, refused, relayed, type ResponseCase } from "./response_case.ts";

const interim: readonly ResponseCase[] = [
  ...[100, 102, 103, 199].map((status) =>
    relayed(
      `interim: ${status} is passed on`,
      `HTTP/1.1 ${status} X\r\nLink: </a>\r\n\r\n${ok("", "")}`
        .replace("OK\r\n", "OK\r\nContent-Length: 0\r\n"),
      {
        expected: { interim: [status], body: "" },
      },
    )
  ),
  relayed(
    "interim: not to an HTTP/1.0 client",
    `HTTP/1.1 103 X\r\n\r\n${ok("Content-Length: 5\r\n", "hello")}`,
    {
      version: "HTTP/1.0",
      expected: { connection: "ended" },
    },
  ),
  relayed(
    "interim: thirty-two are let through",
    "HTTP/1.1 103 X\r\n\r\n".repeat(32) + ok("Content-Length: 5\r\n", "hello"),
    {
      expected: { interim: new Array(32).fill(103) },
    },
  ),
  refused("interim: a flood", "HTTP/1.1 103 X\r\n\r\n".repeat(1000), {
    interim: new Array(33).fill(103),
  }),
  refused("interim: one and then the end", "HTTP/1.1 103 X\r\n\r\n", {
    then: "closes",
    interim: [103],
  }),
  refused(
    "interim: a malformed one",
    `HTTP/1.1 103 X\r\nX : a\r\n\r\n${ok("Content-Length: 0\r\n", "")}`,
  ),
  relayed(
    "interim: Content-Length 0 is dropped",
    `HTTP/1.1 103 X\r\nContent-Length: 0\r\n\r\n${ok("Content-Length: 5\r\n", "hello")}`,
    { expected: { interim: [103] } },
  ),
  refused(
    "interim: a length",
    `HTTP/1.1 103 X\r\nContent-Length: 5\r\n\r\nhello${ok("Content-Length: 0\r\n", "")}`,
  ),
  refused(
    "interim: a coding",
    `HTTP/1.1 103 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${
      ok("Content-Length: 0\r\n", "")
    }`,
  ),
];

const switching = "HTTP/1.1 101 Switching Protocols\r\n";
const websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n";

const upgrades: readonly ResponseCase[] = [
  refused("101: not asked for", `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`),
  refused("101: not asked for, to h2c", `${switching}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`),
  refused("101: not asked for, to nothing", `${switching}\r\n`),
  ...([
    ["without Upgrade", "Connection: Upgrade\r\n"],
    ["to h2c", "Connection: Upgrade\r\nUpgrade: h2c\r\n"],
    ["to something like it", "Connection: Upgrade\r\nUpgrade: websocket/13\r\n"],
    ["to an empty protocol", "Connection: Upgrade\r\nUpgrade:\r\n"],
    [
      "to h2c first and websocket second",
      "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n",
    ],
    ["to a list", "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n"],
    ["with a length", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n"],
    [
      "with a coding",
      "Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n",
    ],
  ] as const).map(([name, fields]) =>
    refused(`101: asked for, but ${name}`, `${switching}${fields}\r\n`, {
      requestFields: websocket,
    })
  ),
  refused(
    "101: asked for by HTTP/1.0",
    `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    {
      requestFields: websocket,
      version: "HTTP/1.0",
    },
  ),
  refused(
    "101: after h2c was asked for",
    `${switching}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    {
      requestFields:
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
    },
  ),
  relayed("101: asked for and not switched to", ok("Content-Length: 5\r\n", "hello"), {
    requestFields: websocket,
  }),
  relayed("101: asked for", `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, {
    requestFields: websocket,
    then: "closes",
    expected: { status: 101, body: "", has: ["upgrade: websocket"], connection: "ended" },
  }),
];

export const interimCases: readonly ResponseCase[] = [...interim, ...upgrades];
