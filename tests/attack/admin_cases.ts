/**
 * What is tried on the admin listener itself, by a process of the same machine or by a web page in its
 * browser.
 *
 * @module
 */

import type { AttackCase, Evidence } from "./attack_case.ts";
import type { AttackWorld } from "./attack_world.ts";
import { inClear } from "./probe.ts";

/** A request to the admin listener; `HOST` stands for its authority. */
interface AdminProbe {
  readonly line: string;
  readonly fields?: string;
}

/** What the admin listener answers to a probe. */
export async function askAdmin(
  { proxy }: AttackWorld,
  { line, fields = "Host: HOST\r\n" }: AdminProbe,
): Promise<string> {
  const { host } = new URL(proxy.adminUrl);
  const request = `${line} HTTP/1.1\r\n${fields}Content-Length: 0\r\nConnection: close\r\n\r\n`;
  const { received } = await inClear(
    { proxy: { url: proxy.adminUrl } },
    request.replaceAll("HOST", host),
  );
  return new TextDecoder("latin1").decode(received);
}

/** What only an operator may see or do, or no page of another origin. */
export function adminGain(answer: string): string[] {
  const gained: string[] = [];
  if (/"agents":|"revoked":|"kind":"|event: live|"fingerprint":/.test(answer)) {
    gained.push(`It was answered: ${answer}`);
  }
  if (/access-control-allow-origin/i.test(answer)) gained.push("Another origin may read it");
  return gained;
}

function probe(wants: string, request: AdminProbe, isGain = adminGain): AttackCase {
  return {
    wants,
    attempt: async (world): Promise<Evidence> => {
      const answer = await askAdmin(world, request);
      return { received: new TextEncoder().encode(answer), gained: isGain(answer) };
    },
  };
}

/** For requests that a web page sends: any answer with content is one too many. */
function anyContent(answer: string): string[] {
  return [
    ...adminGain(answer),
    ...(/^HTTP\/1\.1 2/.test(answer) ? [`It was answered: ${answer}`] : []),
  ];
}

const readings: readonly string[] = [
  "GET /admin/agents",
  "GET /admin/agents/",
  "GET //admin/agents",
  "GET /admin//agents",
  "GET /ADMIN/agents",
  "GET /admin/%61gents",
  "GET /admin%2fagents",
  "GET /admin/rules/../agents",
  "GET /admin/rules/%2e%2e/agents",
  "GET /healthz/../admin/agents",
  "GET /admin/agents;x",
  "GET /admin/agents?x=/healthz",
  "GET /healthz?/../admin/agents",
  "GET http://HOST/admin/agents",
  "HEAD /admin/agents",
  "POST /admin/agents",
  "GET /admin/audit",
  "GET /admin/audit?limit=1000",
  "GET /admin/%61udit",
  "GET /admin/audit/",
  "GET /admin/events",
  "HEAD /admin/events",
  "GET /admin/%65vents",
  "GET /admin/status",
  "GET /dashboard/../admin/events",
  "GET /dashboard/%2e%2e%2fadmin%2fevents",
  "GET /dashboard/..%2f..%2f..%2fprivate%2fadmin-token",
  "POST /admin/agents/ci/revoke",
  "GET /admin/agents/ci/revoke",
  "PUT /admin/agents/ci/revoke",
  "DELETE /admin/agents/ci",
  "POST /admin/agents/%63i/revoke",
];

const credentials: readonly (readonly [what: string, fields: string])[] = [
  ["an empty token", "Authorization: Bearer \r\n"],
  ["an empty password", `Authorization: Basic ${btoa("admin:")}\r\n`],
  ["a password that is usual", `Authorization: Basic ${btoa("admin:admin")}\r\n`],
  ["the word token", "Authorization: Bearer token\r\n"],
  ["null", "Authorization: Bearer null\r\n"],
  ["Proxy-Authorization", `Proxy-Authorization: Basic ${btoa("admin:admin")}\r\n`],
  ["a cookie", "Cookie: admin-token=1\r\n"],
  ["an address that is said to be local", "X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: ::1\r\n"],
  ["another path in X-Original-URL", "X-Original-URL: /healthz\r\n"],
  ["another method", "X-HTTP-Method-Override: GET\r\n"],
];

const hosts = [
  "evil.example",
  "evil.example:8081",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "169.254.169.254",
  "x.localhost",
  "127.0.0.1@evil.example",
  "",
];

const origins = ["https://evil.example", "http://localhost.evil.example", "null", "file://"];

export const adminCases: readonly AttackCase[] = [
  ...readings.map((line) => probe(`what only the operator may have, by ${line}`, { line })),
  ...credentials.map(([what, fields]) =>
    probe(`to be taken for the operator, by ${what}`, {
      line: "GET /admin/agents",
      fields: `Host: HOST\r\n${fields}`,
    })
  ),
  ...hosts.map((host) =>
    probe(
      `a page of its own to read the rules, by the name ${JSON.stringify(host)}`,
      { line: "GET /admin/rules", fields: `Host: ${host}\r\n` },
      anyContent,
    )
  ),
  ...origins.flatMap((origin) => [
    probe(
      `a page of ${origin} to read the rules`,
      { line: "GET /admin/rules", fields: `Host: HOST\r\nOrigin: ${origin}\r\n` },
      anyContent,
    ),
    probe(`a page of ${origin} to be allowed a change`, {
      line: "OPTIONS /admin/agents/ci/revoke",
      fields: `Host: HOST\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST\r\n` +
        "Access-Control-Request-Private-Network: true\r\n",
    }),
  ]),
];
