/**
 * The contract: each service gets its credential in the field and the form that its vendor
 * documents, exactly once, whatever the client put there; and in no other field.
 */

import assert from "node:assert/strict";
import { catalogue } from "../../src/services/catalogue.ts";
import { customerHosted } from "../../src/services/customer_hosted.ts";
import {
  type ExpectedService,
  otherServices,
  realCredential,
  seedServices,
} from "../support/expected_services.ts";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import type { RecordedRequest } from "../support/upstream_exchange.ts";
import { json } from "../support/upstream_scripts.ts";

const clientsOwn = "clients-own-credential";
const everyService = [...catalogue, ...customerHosted];

/** Fields and query by which a client could bring its own credential to this service. */
function carriersOf(expected: ExpectedService): { fields: string[]; query: string[] } {
  const row = everyService.find((service) =>
    service.credentials.some(({ variable }) => variable in expected.variables)
  );
  const names = expected.fields.map(([name]) => name);
  return {
    fields: [...names, ...names.map((name) => name.toUpperCase()), ...row?.carriers.fields ?? []],
    query: [...row?.carriers.query ?? []],
  };
}

/** The request as the service's upstream recorded it, behind a proxy that has this service alone. */
async function recordedBy(expected: ExpectedService): Promise<RecordedRequest> {
  await using lab = await Lab.create();
  const upstream = await lab.upstream([expected.authority], json({}));
  const proxy = await lab.proxy({ secrets: expected.variables });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: expected.authority, ca });
  const { fields, query } = carriersOf(expected);
  const target = `/?keep=1${query.map((name) => `&${name}=${clientsOwn}`).join("")}`;
  const host = expected.authority.replace(/:443$/, "");
  const own = fields.map((name) => `${name}: ${clientsOwn}\r\n`).join("");
  const response = await client.get(target, `Host: ${host}\r\n${own}`);
  assert.equal(response.status, 200, response.body);
  return upstream.onlyRequest;
}

function assertExpected(request: RecordedRequest, expected: ExpectedService): void {
  for (const [name, value] of expected.fields) assert.deepEqual(request.values(name), [value]);
  if (expected.also !== undefined) {
    assert.match(request.values(expected.also[0]).join(), expected.also[1]);
  }
  const seen = JSON.stringify([request.target, request.fields]);
  assert.ok(!seen.includes(clientsOwn), `The client's own credential arrived: ${seen}`);
  assert.equal(request.target, "/?keep=1");
  const injected = new Set(expected.fields.map(([name]) => name));
  const holders = request.fields
    .filter(([, value]) => holdsCredential(value))
    .map(([name]) => name.toLowerCase());
  assert.deepEqual(holders.sort(), [...injected].sort());
}

function holdsCredential(value: string): boolean {
  if (value.includes(realCredential)) return true;
  return value.startsWith("Basic ") && atob(value.slice("Basic ".length)).includes(realCredential);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return rows.map(line).join("\n");
}

for (
  const [name, services] of [
    ["the six services of the first version", seedServices],
    ["the other services of the catalogue", otherServices],
  ] as const
) {
  Deno.test(`${name} get their credential`, async (test) => {
    const rows = [["SERVICE", "AUTHORITY", "THE UPSTREAM SAW"]];
    for (const expected of services) {
      await test.step(`${expected.service} at ${expected.authority}`, async () => {
        const request = await recordedBy(expected);
        const seen = expected.fields.flatMap(([name]) =>
          request.values(name).map((value) => `${name}: ${value}`)
        );
        rows.push([expected.service, expected.authority, seen.join(" | ")]);
        assertExpected(request, expected);
      });
    }
    console.log(`\n${table(rows)}`);
  });
}

Deno.test("every host and every variable of the catalogue is in these tables", () => {
  const rows = [...seedServices, ...otherServices];
  for (const { name, credentials } of everyService) {
    for (const { variable, endpoints } of credentials) {
      const tested = rows.filter((row) => variable in row.variables);
      assert.ok(tested.length > 0, `${name}: no row has ${variable}`);
      for (const host of endpoints.flatMap((endpoint) => endpoint.hosts)) {
        const covered = tested.some((row) => row.authority === `${host}:443`);
        assert.ok(covered, `${name}: no row has ${variable} at ${host}`);
      }
    }
  }
});

const inactive = [
  { authority: "o1.ingest.sentry.io:443", why: "Sentry's ingest hosts take no token" },
  { authority: "api.openai.com:443", why: "its variable is not set" },
  { authority: "raw.githubusercontent.com:443", why: "no service names it" },
];

for (const { authority, why } of inactive) {
  Deno.test(`${authority} is a host like any other: ${why}`, async () => {
    await using lab = await Lab.create();
    const upstream = await lab.upstream([authority], json({}));
    const secrets = { GITHUB_TOKEN: realCredential, SENTRY_AUTH_TOKEN: realCredential };
    const proxy = await lab.proxy({ secrets });
    // Only the lab's root is trusted here: were the tunnel decrypted, the handshake would fail.
    using client = await RawClient.tunnel(proxy.url, { target: authority, ca: lab.root.pem });
    const host = authority.replace(/:443$/, "");
    assert.equal((await client.get("/", `Host: ${host}\r\n`)).status, 200);
    assert.ok(!JSON.stringify(upstream.onlyRequest.fields).includes(realCredential));
  });
}
