import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Canaries } from "../../src/policy/canary.ts";

const placeholder = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
const canaries = new Canaries(
  new Map([["GITHUB_TOKEN", placeholder], ["NPM_TOKEN", "npm_abcdefghijklmnop"]]),
  "alarm",
);

const encode = (text: string) => new TextEncoder().encode(text);

const heads: readonly { readonly name: string; readonly head: string; readonly found: string[] }[] =
  [
    { name: "in a field", head: `X: ${placeholder}\r\n`, found: ["GITHUB_TOKEN"] },
    { name: "in the query", head: `GET /?t=${placeholder} HTTP/1.1`, found: ["GITHUB_TOKEN"] },
    {
      name: "in Basic credentials",
      head: `Authorization: Basic ${btoa(`user:${placeholder}`)}\r\n`,
      found: ["GITHUB_TOKEN"],
    },
    { name: "cut short by one", head: `X: ${placeholder.slice(0, -1)}\r\n`, found: [] },
    {
      name: "twice, and another",
      head: `X: ${placeholder} ${placeholder} npm_abcdefghijklmnop`,
      found: ["GITHUB_TOKEN", "NPM_TOKEN"],
    },
    { name: "nothing", head: "GET / HTTP/1.1\r\n\r\n", found: [] },
  ];

for (const { name, head, found } of heads) {
  Deno.test(`Canaries.find() finds what is there: ${name}`, () => {
    assert.deepEqual([...canaries.find(encode(head))].sort(), found);
  });
}

Deno.test("BodyWatch sees a placeholder however the body is cut, and leaves the body as it is", () => {
  fc.assert(fc.property(
    fc.string({ maxLength: 50 }),
    fc.array(fc.nat({ max: 200 }), { maxLength: 20 }),
    fc.constantFrom((text: string) => text, btoa, encodeURIComponent),
    (before, cuts, form) => {
      const body = Buffer.from(`${before}${form(placeholder)} and more`);
      const places = [...new Set(cuts)].sort((a, b) => a - b);
      const watch = canaries.watchBody();
      [0, ...places].forEach((start, index) => {
        const piece = body.subarray(start, places[index]);
        const copy = Buffer.from(piece);
        watch?.see(piece);
        assert.deepEqual(piece, copy);
      });
      assert.deepEqual([...watch?.found ?? []], ["GITHUB_TOKEN"]);
    },
  ));
});

Deno.test("BodyWatch looks at the first MiB alone", () => {
  const watch = canaries.watchBody();
  const block = new Uint8Array(64 * 1024);
  for (let index = 0; index < 16; index++) watch?.see(block);
  watch?.see(encode(placeholder));
  assert.equal(watch?.found.size, 0);
});

Deno.test("Canaries.watchBody() is nothing where there is nothing to look for", () => {
  assert.equal(new Canaries(new Map(), "alarm").watchBody(), undefined);
});
