import assert from "node:assert/strict";
import {
  formatHostPattern,
  type HostPattern,
  parseHostPattern,
} from "../../src/policy/host_pattern.ts";
import { findContests, hostsWithLabel, includesPattern } from "../../src/services/cluster_hosts.ts";

function pattern(text: string): HostPattern {
  const [host = "", label] = text.split(" ");
  const parsed = parseHostPattern(host, { defaultPort: 6443 });
  return label === undefined ? parsed : { ...parsed, label };
}

Deno.test("hostsWithLabel() picks whole labels and narrows wildcards", () => {
  const all = [
    "prod.k8s.corp",
    "api.prod.k8s.corp",
    "non-prod.k8s.corp",
    "prod2.k8s.corp",
    "10.0.0.1",
    "*.k8s.corp",
    "*.prod.corp",
  ].map(pattern);
  assert.deepEqual(hostsWithLabel(all, "prod").map((each) => formatHostPattern(each)), [
    "prod.k8s.corp:6443",
    "api.prod.k8s.corp:6443",
    "*.k8s.corp:6443 (label prod)",
    "*.prod.corp:6443",
  ]);
  assert.deepEqual(hostsWithLabel([pattern("10.0.0.1")], "10"), []);
});

Deno.test("includesPattern() holds only where every host is covered", () => {
  const table: [string, string, boolean][] = [
    ["a.k8s.corp", "a.k8s.corp", true],
    ["a.k8s.corp", "a.k8s.corp:443", false],
    ["*.k8s.corp", "a.k8s.corp", true],
    ["*.k8s.corp", "k8s.corp", false],
    ["*.k8s.corp", "*.k8s.corp", true],
    ["*.k8s.corp", "*.eu.k8s.corp", true],
    ["*.k8s.corp", "*.k8s.corp prod", true],
    ["*.eu.k8s.corp", "*.k8s.corp", false],
    ["*.k8s.corp", "*.evilk8s.corp", false],
    ["*.k8s.corp prod", "*.k8s.corp", false],
    ["*.k8s.corp prod", "*.k8s.corp prod", true],
    ["*.k8s.corp prod", "*.k8s.corp dev", false],
    ["*.k8s.corp prod", "*.prod.k8s.corp", true],
    ["*.k8s.corp prod", "prod.k8s.corp", true],
    ["*.k8s.corp prod", "non-prod.k8s.corp", false],
    ["a.k8s.corp", "*.a.k8s.corp", false],
  ];
  for (const [wide, narrow, expected] of table) {
    assert.equal(includesPattern(pattern(wide), pattern(narrow)), expected, `${wide} ${narrow}`);
  }
});

Deno.test("findContests() finds the patterns that two clusters claim whole", () => {
  const contests = findContests(
    new Map([
      ["prod", ["a.k8s.corp", "*.k8s.corp prod", "x.corp"].map(pattern)],
      ["dev", ["*.k8s.corp dev", "a.k8s.corp", "prod.eu.k8s.corp"].map(pattern)],
      ["test", ["*.corp.example"].map(pattern)],
    ]),
  );
  assert.deepEqual(contests.map((each) => [formatHostPattern(each.pattern), each.clusters]), [
    ["a.k8s.corp:6443", ["dev", "prod"]],
    ["prod.eu.k8s.corp:6443", ["dev", "prod"]],
  ]);
});
