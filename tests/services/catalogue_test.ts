import assert from "node:assert/strict";
import { fieldNameProblem } from "../../src/policy/rule_flag.ts";
import { formatHostPattern, parseHostPattern } from "../../src/policy/host_pattern.ts";
import { allServices } from "../../src/services/all_services.ts";
import { expectedCarriers } from "./expected_carriers.ts";
import { build, injectedAt, ruleAt } from "./support.ts";
import { otherServices, seedServices } from "../support/expected_services.ts";

Deno.test("catalogue holds what each vendor documents: host, field, value, carriers", () => {
  for (const expected of [...seedServices, ...otherServices]) {
    const { service, authority, variables, fields, also } = expected;
    const built = build({ ...variables });
    assert.deepEqual(built.problems, [], service);
    assert.deepEqual(
      injectedAt(built, authority)?.map((line) => line.replace(/^[^:]+/, (n) => n.toLowerCase())),
      fields.map(([name, value]) => `${name}: ${value}`),
      service,
    );
    for (const [name] of fields) {
      assert.ok(ruleAt(built, authority)?.injection?.removeFields.has(name), service);
    }
    if (also !== undefined) {
      const [member] = ruleAt(built, authority)?.injection?.ensureMembers ?? [];
      assert.equal(member?.field, also[0]);
      assert.match(member?.member ?? "", also[1]);
    }
  }
});

Deno.test("catalogue removes every carrier that a service is known to read", () => {
  assert.deepEqual(
    Object.keys(expectedCarriers).sort(),
    allServices.map(({ name }) => name).sort(),
  );
  for (const { name, carriers } of allServices) {
    const expected = expectedCarriers[name];
    for (const field of expected?.fields ?? []) assert.ok(carriers.fields.includes(field), field);
    for (const query of expected?.query ?? []) assert.ok(carriers.query?.includes(query), query);
  }
});

Deno.test("catalogue names exact canonical hosts, each once", () => {
  const seen = new Set<string>();
  for (const service of allServices) {
    for (const [index, { endpoints }] of service.credentials.entries()) {
      for (const host of endpoints.flatMap(({ hosts }) => hosts)) {
        const pattern = parseHostPattern(host, { defaultPort: 443 });
        assert.equal(pattern.kind, "exact", host);
        assert.equal(formatHostPattern(pattern, { defaultPort: 443 }), host);
        if (index > 0) continue;
        assert.ok(!seen.has(host), host);
        seen.add(host);
      }
    }
  }
  assert.ok(![...seen].some((host) => host.includes("ingest")));
});

Deno.test("catalogue has sound names, variables, carriers and links", () => {
  for (const service of allServices) {
    assert.match(service.name, /^[a-z][a-z-]*$/);
    assert.match(service.docs, /^https:\/\/\S+$/);
    assert.equal(service.carriers.fields.includes("authorization"), true, service.name);
    for (const name of service.carriers.fields) {
      assert.equal(name, name.toLowerCase());
      assert.equal(fieldNameProblem(name), undefined, name);
    }
    for (const { variable, endpoints } of service.credentials) {
      assert.match(variable, /^[A-Z][A-Z0-9_]*$/);
      assert.ok(!service.lookalikes?.includes(variable));
      for (const { name } of endpoints.flatMap(({ fields }) => fields)) {
        assert.ok(service.carriers.fields.includes(name.toLowerCase()), `${service.name} ${name}`);
      }
    }
  }
});
