import assert from "node:assert/strict";
import fc from "fast-check";
import { pathReadings } from "../../src/policy/path_readings.ts";
import { WireError } from "../../src/wire/wire_error.ts";

/** What is read as /user/keys by some server: the path as it comes, and who reads it so. */
const spellings: readonly (readonly [path: string, why: string])[] = [
  ["/user/keys", "as it is"],
  ["/user/%6beys", "decoded once"],
  ["/user/%256beys", "decoded twice"],
  ["/user/%25%36%62eys", "decoded twice, all of it"],
  ["/%75ser%2Fkeys", "an encoded slash as slash"],
  ["/user%252fkeys", "an encoded slash, decoded twice"],
  ["//user///keys", "repeated slashes"],
  ["//x/user/keys", "an authority, as a URL reference has it"],
  ["///x:1/user/keys", "an authority after more slashes"],
  ["/\\x@y\\user/keys", "an authority between backslashes"],
  ["/%2fx/user/keys", "an authority after an encoded slash"],
  ["//x//y/user/keys", "an authority, twice"],
  ["/user/./keys", "a dot segment"],
  ["/x/../user/keys", "two dots"],
  ["/x/y/../../user/keys", "two dots, twice"],
  ["/../../user/keys", "above the root"],
  ["/x/%2e%2e/user/keys", "encoded dots"],
  ["/x/.%2E/user/keys", "one encoded dot of two"],
  ["/x%2f..%2fuser/keys", "an encoded slash before dots"],
  ["/x/%252e%252e/user/keys", "dots, encoded twice"],
  ["/x/..;/user/keys", "parameters on dots, as Tomcat cuts them"],
  ["/x/..;a=b/user/keys", "parameters with a value on dots"],
  ["/x/..%3B/user/keys", "encoded parameters on dots"],
  ["/user;a=b/keys;c", "parameters"],
  ["/;/user/keys", "a segment of parameters only"],
  ["/user/keys%3Bx", "encoded parameters"],
  ["/user/keys/..;/..", "dots that leave before their parameters are cut"],
  ["/user;a=%2F../keys", "parameters that hold an encoded slash"],
  ["\\user\\keys", "backslashes"],
  ["/user%5Ckeys", "an encoded backslash"],
  ["/x\\..\\user/keys", "dots between backslashes"],
  ["/user/keys%3Fa=b", "an encoded question mark"],
  ["/user/keys%23a", "an encoded number sign"],
  ["/user/keys%00.png", "a NUL"],
  ["/user/keys%0A", "a line feed at the end"],
  ["/user/%09keys", "a tab"],
  ["/user/keys%20", "a space at the end"],
  ["/user/%C0%AFkeys", "an overlong slash"],
  ["/x/%C0%AE%C0%AE/user/keys", "overlong dots"],
  ["/user%EF%BC%8Fkeys", "a full-width slash"],
  ["/user/%EF%BD%8Beys", "a full-width letter"],
  ["/user/\xef\xbd\x8beys", "a full-width letter, as it is"],
  ["/%FF%EF%BC%8F../user/keys", "a full-width slash next to what is not UTF-8"],
];

for (const [path, why] of spellings) {
  Deno.test(`pathReadings() of ${JSON.stringify(path)} has /user/keys: ${why}`, () => {
    const readings = [...pathReadings(path)].map((reading) => reading.replace(/\/+$/, ""));
    assert.ok(readings.includes("/user/keys"), JSON.stringify(readings));
    assert.equal([...pathReadings(path)][0], path);
  });
}

Deno.test("pathReadings() folds compatibility letters to those that ignore case would match", () => {
  assert.ok(pathReadings("/user/%E2%84%AAeys").has("/user/Keys"));
});

Deno.test("pathReadings() reads an authority without a path as the root", () => {
  assert.ok(pathReadings("//user").has("/"));
});

Deno.test("pathReadings() reads several paths as if each came alone", () => {
  const paths = ["/a%2fb", "/c", "/d;e"];
  const together = pathReadings(...paths);
  assert.equal([...together][0], "/a%2fb");
  assert.deepEqual(
    new Set(together),
    new Set(paths.flatMap((path) => [...pathReadings(path)])),
  );
});

Deno.test("pathReadings() keeps an encoded slash as data, too", () => {
  const readings = [...pathReadings("/projects/a%2Fb/x%20y")];
  assert.ok(readings.includes("/projects/a/b/x y"));
  assert.ok(readings.some((reading) => /^\/projects\/a[^/]b\/x y$/.test(reading)));
});

const plain = [
  "/",
  "/user/keys",
  "/user/keys/",
  "/api/v1/namespaces/a/services/https:dashboard:8443/proxy/",
  "/api/chat.postMessage",
  "/repos/a/b/compare/v1.0...v1.1",
  "/@scope/name/-/name-1.0.0.tgz",
  "*",
];

for (const path of plain) {
  Deno.test(`pathReadings() of ${path} has nothing but that`, () => {
    assert.deepEqual([...pathReadings(path)], [path]);
  });
}

const honest = [
  "/api/v4/projects/group%2Fsub%2Fname/repository/files/docs%2Fa%20b%2Ec.md/raw",
  "/repos/a/b/contents/docs/r%C3%A9sum%C3%A9%20%26%20more%20%2B%20100%25.md",
  "/repos/a/b/contents/%E6%96%87%E6%A1%A3/%E8%AF%B4%E6%98%8E.md",
  "/@scope%2fname",
  "/repos/a/b/contents/x;y/..%2Fz.txt",
  "/wiki/rest/api/content/1/child/attachment/a%3Bb%3Fc%23d%5Ce.pdf",
  `/repos/a/b/contents/${"long%20name/".repeat(300)}x`,
];

for (const path of honest) {
  Deno.test(`pathReadings() settles ${path.slice(0, 80)}`, () => {
    assert.ok(pathReadings(path).size > 1);
  });
}

for (const path of ["/%", "/a%2", "/a%zz", "/a%2/b", "/%u002fuser", "/user/%%36beys"]) {
  Deno.test(`pathReadings() refuses ${path}, whose "%" encodes nothing`, () => {
    assert.throws(() => pathReadings(path), {
      name: "WireError",
      message: /^Cannot settle the path ".*": "%.*" encodes nothing$/,
    });
  });
}

Deno.test("pathReadings() refuses what can be read in too many ways, soon", () => {
  // One more level of encoding than there may be readings; long; long and in many ways.
  const nested = `/%${"25".repeat(64)}2e`;
  const long = `/${"%25252525252525252e".repeat(3200)}`;
  const mixed = "/a;%2e/..%5C%252e%252e;b%2F//%C0%AE./\\%00x%3F/%25252f..%3B/".repeat(1000);
  for (const path of [nested, long, mixed]) {
    assert.throws(() => pathReadings(path), {
      name: "WireError",
      message: /too many ways/,
    });
  }
});

Deno.test("pathReadings() ends for whatever comes, with no more than it may have", () => {
  const piece = fc.constantFrom(
    ..."a . .. / // \\ ; ;b %2e %2f %252f %5c %3b %3f %00 %0a %25 %c0%af %ef%bc%8f é\xff".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = `/${pieces.join("")}`;
      try {
        const readings = pathReadings(path);
        assert.ok(readings.has(path) && readings.size <= 64);
      } catch (error) {
        assert.ok(error instanceof WireError);
      }
    }),
    { numRuns: 1000 },
  );
});
