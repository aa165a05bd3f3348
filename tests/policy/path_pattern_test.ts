import assert from "node:assert/strict";
import { compileExactPath, compilePathPatterns } from "../../src/policy/path_pattern.ts";

interface Case {
  readonly pattern: string;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

const cases: readonly Case[] = [
  {
    pattern: "/user/keys",
    yes: ["/user/keys", "/USER/Keys", "/user/keys/", "/user/keys//", "/user/keys.json"],
    no: ["/user", "/user/keys/1", "/x/user/keys", "/user/keyss", "/user/keys.json/x", "user/keys"],
  },
  {
    pattern: "/repos/*/*/keys",
    yes: ["/repos/a/b/keys", "/repos/keys/keys/keys", "/repos/a b/\uFFFE/keys"],
    no: ["/repos/a/keys", "/repos/a/b/c/keys", "/repos//b/keys", "/repos/a/b/keys/1"],
  },
  {
    pattern: "/tokens/**",
    yes: ["/tokens", "/tokens/", "/tokens/1", "/tokens/1/rotate", "/tokens.json", "/tokens/1\n2"],
    no: ["/token", "/tokensx", "/x/tokens"],
  },
  {
    pattern: "/**/serviceaccounts/*/token",
    yes: [
      "/serviceaccounts/a/token",
      "/api/v1/namespaces/n/serviceaccounts/a/token",
      "/a\n/serviceaccounts/a/token",
    ],
    no: ["/xserviceaccounts/a/token", "/serviceaccounts/token", "/serviceaccounts/a/tokens"],
  },
  {
    pattern: "/api/**/xet-read-token/**",
    yes: ["/api/xet-read-token", "/api/models/a/b/xet-read-token/main"],
    no: ["/models/a/xet-read-token", "/api/models/a/xet-read-tokens"],
  },
  {
    pattern: "/api/apps.manifest.create",
    yes: ["/api/apps.manifest.create", "/api/Apps.Manifest.Create/"],
    no: ["/api/appsXmanifestXcreate", "/api/apps.manifest", "/api/apps.manifest.created"],
  },
];

for (const { pattern, yes, no } of cases) {
  Deno.test(`compilePathPatterns() matches ${pattern}`, () => {
    const compiled = compilePathPatterns([pattern]);
    for (const path of yes) assert.ok(compiled.test(path), path);
    for (const path of no) assert.ok(!compiled.test(path), path);
  });
}

Deno.test("compilePathPatterns() matches what any of its patterns does", () => {
  const compiled = compilePathPatterns(["/a", "/b/*"]);
  assert.deepEqual(["/a", "/b/1", "/b", "/a/1"].map((path) => compiled.test(path)), [
    true,
    true,
    false,
    false,
  ]);
});

for (
  const pattern of [
    "",
    "a",
    "**/a",
    "/a b",
    "/a*",
    "/***",
    "/a%20b",
    "/a;b",
    "//a",
    "/a//",
    "/./a",
    "/a/..",
    "/é",
    "/**/a/**/b",
  ]
) {
  Deno.test(`compilePathPatterns() refuses ${JSON.stringify(pattern)}`, () => {
    const expected = { name: "TypeError", message: /^Cannot compile path pattern/ };
    assert.throws(() => compilePathPatterns([pattern]), expected);
    assert.throws(() => compileExactPath(pattern), expected);
  });
}

Deno.test("compilePathPatterns() takes a slash at the end for none", () => {
  const compiled = compilePathPatterns(["/a/", "/"]);
  for (const path of ["/a", "/a/", "/A//", "/", "//"]) assert.ok(compiled.test(path), path);
  for (const path of ["/b", "/a/b"]) assert.ok(!compiled.test(path), path);
});

const exactCases: readonly Case[] = [
  {
    pattern: "/user/keys",
    yes: ["/user/keys"],
    no: ["/User/keys", "/user/keys/", "/user/keys.json", "/user/keys/1", "user/keys", "/user/key"],
  },
  { pattern: "/", yes: ["/"], no: ["", "//", "/a", "*"] },
  { pattern: "/a/", yes: ["/a/"], no: ["/a", "/a//", "/a/b"] },
  {
    pattern: "/orgA/**",
    yes: ["/orgA", "/orgA/", "/orgA/x", "/orgA//x/y.git/info/refs", "/orgA/x\n"],
    no: ["/orgAx", "/orga/x", "/x/orgA/y", "/orgB/x", "orgA/x"],
  },
  {
    pattern: "/repos/*/x.y$(1)+2",
    yes: ["/repos/a/x.y$(1)+2", "/repos/../x.y$(1)+2"],
    no: ["/repos//x.y$(1)+2", "/repos/a/xzy$(1)+2", "/repos/a/b/x.y$(1)+2", "/repos/a/x.y"],
  },
  { pattern: "/**", yes: ["/", "/a", "/a/b", "//"], no: ["*", "a", "a/b"] },
  {
    pattern: "/**/info/**",
    yes: ["/info", "/a/b.git/info/refs"],
    no: ["/a/infos", "/a/xinfo/refs"],
  },
];

for (const { pattern, yes, no } of exactCases) {
  Deno.test(`compileExactPath() matches ${pattern} and nothing else`, () => {
    const compiled = compileExactPath(pattern);
    for (const path of yes) assert.ok(compiled.test(path), path);
    for (const path of no) assert.ok(!compiled.test(path), path);
  });
}

Deno.test("compilePathPatterns() takes no more than linear time for hostile paths", () => {
  const compiled = [
    compilePathPatterns(["/**/serviceaccounts/*/token", "/**/a/**", "/a/*"]),
    compileExactPath("/**/serviceaccounts/*/**"),
  ];
  const units = ["/serviceaccounts/x", "/serviceaccounts", "/", ".a", "/a.", "/a/"];
  for (const unit of units) {
    const path = (count: number) => `/a/${unit.repeat(count)}\uFFFF/.`;
    const time = (count: number) => {
      const started = performance.now();
      for (const each of compiled) each.test(path(count));
      return performance.now() - started;
    };
    time(1000);
    // A quadratic match of 200,000 units would take minutes.
    assert.ok(time(200_000) < 5000, unit);
  }
});
