/**
 * Content-Length of a request, once and twice (RFC 9112 section 6.3, RFC 9110 section 8.6).
 *
 * @module
 */

import {
  abandoned,
  forwarded,
  host,
  post,
  refused,
  type RequestCase,
  special,
} from "./request_case.ts";

const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

const badLengths: readonly RequestCase[] = [
  "",
  "+5",
  "-5",
  "-0",
  "+0",
  "--5",
  "0x5",
  "0X5",
  "x5",
  "5h",
  "0b101",
  "0o5",
  "\\5",
  "5.0",
  "5.",
  ".5",
  "5e0",
  "1e1",
  "5,",
  ",5",
  "5,5",
  "5, 5",
  "5, 6",
  "5;",
  "5; 5",
  "5 5",
  "5\t5",
  "5/5",
  "5-5",
  "5_0",
  "5'000",
  '"5"',
  "'5'",
  "(5)",
  "[5]",
  "five",
  "NaN",
  "Infinity",
  "null",
  "5\x0b",
  "\x0b5",
  "5\x0c",
  "5\0",
  "\x005",
  "5\xa0",
  "\xa05",
  "\xd9\xa5",
  "\xef\xbc\x95",
  "5\x7f",
  "%35",
  "9007199254740992",
  "9999999999999999",
  "18446744073709551615",
  "18446744073709551616",
  "18446744073709551621",
  "00000000000000005",
  "5\r",
  "5\r\n ",
  "\r\n 5",
].map((value) =>
  refused(`Content-Length: ${JSON.stringify(value)}`, post(`Content-Length: ${value}\r\n`, "hello"))
);

const goodLengths: readonly RequestCase[] = [
  ...["5", "05", "0000000000000005", "5 ", "  5  "].map((value) =>
    forwarded(
      `Content-Length: ${JSON.stringify(value)} is five`,
      post(`Content-Length: ${value}\r\n`, "hello"),
      { body: "hello" },
    )
  ),
  // The line leaves as it came, and neither takes the tab for the white space that it is.
  ...["5\t", "\t5"].map((value) =>
    forwarded(
      `Content-Length: ${JSON.stringify(value)} is five`,
      post(`Content-Length: ${value}\r\n`, "hello"),
      { body: "hello", refusedBy: ["llhttp", "nginx"] },
    )
  ),
  ...["0", "00", "000000"].map((value) =>
    forwarded(`Content-Length: ${value} is none`, post(`Content-Length: ${value}\r\n`, ""))
  ),
  ...["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "PROPFIND"].map((method) =>
    forwarded(
      `Content-Length: a body of ${method}`,
      post("Content-Length: 5\r\n", "hello").replace("POST", method),
      { method, body: "hello" },
    )
  ),
  forwarded("Content-Length: none at all", post("", "")),
  forwarded(
    "Content-Length: on HTTP/1.0",
    `POST /x HTTP/1.0\r\n${host}Content-Length: 5\r\n\r\nhello`,
    {
      body: "hello",
      marker: "not answered",
    },
  ),
  forwarded("Content-Length: a body of every octet", post("Content-Length: 256\r\n", allOctets()), {
    body: allOctets(),
  }),
  forwarded(
    "Content-Length: a body that looks like a request",
    post(
      `Content-Length: ${smuggled.length}\r\n`,
      smuggled,
    ),
    { body: smuggled },
  ),
  abandoned("Content-Length: 2^32 + 5 is no 5", post("Content-Length: 4294967301\r\n", "hello")),
  abandoned("Content-Length: 2^53 - 1", post("Content-Length: 9007199254740991\r\n", "hello")),
  abandoned("Content-Length: more than comes", post("Content-Length: 10\r\n", "hello")),
  special("Content-Length: less than comes", post("Content-Length: 3\r\n", "hel\0\r\n"), {
    upstream: [{ method: "POST", target: "/x", body: "hel" }],
    client: [200, 400],
    marker: "not answered",
  }),
  special(
    "Content-Length: an empty line after the body",
    post("Content-Length: 5\r\n", "hello\r\n"),
    {
      upstream: [{ method: "POST", target: "/x", body: "hello" }],
      client: [200, 400],
      marker: "not answered",
    },
  ),
  // CL.0: who ignores the length of 0 and who does not agree, as long as each request is one.
  special("Content-Length: 0, then another request", post("Content-Length: 0\r\n", smuggled), {
    upstream: [
      { method: "POST", target: "/x", body: "" },
      { method: "GET", target: "/smuggled", body: "" },
    ],
    client: [200, 200],
  }),
];

const twoLengths: readonly RequestCase[] = ([
  ["the same", "5", "5"],
  ["the larger last", "5", "6"],
  ["zero last", "5", "0"],
  ["zero first", "0", "5"],
  ["the same with a leading zero", "5", "05"],
  ["an empty one last", "5", ""],
  ["an empty one first", "", "5"],
  ["a list last", "5", "5, 5"],
] as const).map(([name, a, b]) =>
  refused(
    `Content-Length twice: ${name}`,
    post(`Content-Length: ${a}\r\ncontent-length: ${b}\r\n`, "hello"),
  )
);

function allOctets(): string {
  return Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join("");
}

export const contentLengthCases: readonly RequestCase[] = [
  ...badLengths,
  ...goodLengths,
  ...twoLengths,
];
