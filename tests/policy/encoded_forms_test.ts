import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodedForms } from "../../src/policy/encoded_forms.ts";
import { PatternSet } from "../../src/policy/pattern_set.ts";
import { encodeLatin1 } from "../../src/wire/octets.ts";

/** Whatever a header value may hold. */
const value = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 8,
  maxLength: 80,
});
const surroundings = fc.string({ unit: "binary-ascii", maxLength: 12 });

/** How other programs write a value; not with the code under test. */
const encoders: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  "in base64": (text) => Buffer.from(text, "latin1").toString("base64"),
  "in base64url": (text) => Buffer.from(text, "latin1").toString("base64url"),
  "in hexadecimal": (text) => Buffer.from(text, "latin1").toString("hex"),
  "in upper-case hexadecimal": (text) => Buffer.from(text, "latin1").toString("hex").toUpperCase(),
  "by encodeURIComponent": encodeURIComponent,
  "in lower-case percent-encoding": (text) =>
    encodeURIComponent(text).replace(/%../g, (found) => found.toLowerCase()),
  "in a form": (text) => new URLSearchParams({ v: text }).toString().slice(2),
  "percent-encoded whole": (text) =>
    Buffer.from(text, "latin1").toString("hex").replace(/../g, "%$&"),
  "in JSON": (text) => JSON.stringify(text).slice(1, -1),
  "in JSON with escaped slashes": (text) =>
    JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/"),
  "in JSON as Go writes it": (text) =>
    JSON.stringify(text).slice(1, -1).replace(
      /[<>&]/g,
      (found) => `\\u00${found.charCodeAt(0).toString(16)}`,
    ),
  "in JSON with everything escaped": (text) =>
    Buffer.from(text, "latin1").toString("hex").replace(/../g, "\\u00$&"),
  "in UTF-16LE": (text) => Buffer.from(text, "utf16le").toString("latin1"),
  "in UTF-16BE": (text) => Buffer.from(text, "utf16le").swap16().toString("latin1"),
  "in HTML text": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  "in an HTML attribute": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
      '"',
      "&quot;",
    ).replaceAll("'", "&#39;"),
};

for (const [how, encode] of Object.entries(encoders)) {
  Deno.test(`encodedForms() has a value ${how}`, () => {
    fc.assert(fc.property(value, (secret) => {
      assert.ok(encodedForms(secret).includes(encode(secret)), encode(secret));
    }));
  });
}

Deno.test("encodedForms() finds a value in the base64 of a longer text, at every alignment", () => {
  fc.assert(fc.property(value, surroundings, surroundings, (secret, before, after) => {
    const patterns = encodedForms(secret);
    const encoded = Buffer.from(before + secret + after, "latin1").toString("base64");
    const found = patterns.filter((form) => encoded.includes(form));
    // Of the value's bits, at most those of the characters that it shares are not covered.
    const longest = Math.max(0, ...found.map(({ length }) => length));
    assert.ok(longest * 6 >= secret.length * 8 - 10, encoded);
  }));
});

Deno.test("encodedForms() are all long enough to be looked for", () => {
  fc.assert(fc.property(value, (secret) => {
    const patterns = encodedForms(secret).map((form) => ({ name: "", octets: encodeLatin1(form) }));
    assert.doesNotThrow(() => new PatternSet(patterns));
  }));
});

Deno.test("encodedForms() lists each form once, the value first", () => {
  const forms = encodedForms("ghp_0123456789");
  assert.equal(forms[0], "ghp_0123456789");
  assert.equal(new Set(forms).size, forms.length);
});
