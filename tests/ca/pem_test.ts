import { strict as assert } from "node:assert";
import { pemBlocks, toPem } from "../../src/ca/pem.ts";

const certificate = toPem(new Uint8Array(100).fill(7), "CERTIFICATE");
const key = toPem(new Uint8Array(80).fill(9), "PRIVATE KEY");

Deno.test("pemBlocks() picks the blocks of one label and drops all else", () => {
  const text = `Subject: a root\n${key}# comment\n${certificate}${key}${certificate}trailing`;
  assert.deepEqual(pemBlocks(text, "CERTIFICATE"), [certificate, certificate]);
  assert.deepEqual(pemBlocks(text, "PRIVATE KEY"), [key, key]);
});

Deno.test("pemBlocks() makes equal certificates equal, whatever their line ends and widths", () => {
  const body = certificate.split("\n").slice(1, -2).join("");
  const variants = [
    certificate.replaceAll("\n", "\r\n"),
    certificate.trimEnd(),
    `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`,
    `-----BEGIN CERTIFICATE-----\n${body.replace(/.{20}/g, "$& \n")}-----END CERTIFICATE-----`,
  ];
  for (const variant of variants) {
    assert.deepEqual(pemBlocks(variant, "CERTIFICATE"), [certificate]);
  }
});

Deno.test("pemBlocks() takes no block that is cut off, encrypted, trusted-only or not base64", () => {
  const refused = [
    certificate.slice(0, 60),
    certificate.replace("-----END", "-----EMD"),
    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    certificate.replace("B", "*"),
    certificate.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE"),
    key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
    `-----BEGIN CERTIFICATE-----\n${key}-----END CERTIFICATE-----\n`,
  ];
  for (const text of refused) {
    assert.deepEqual(pemBlocks(text, "CERTIFICATE"), [], text);
    if (!text.includes("BEGIN PRIVATE")) assert.deepEqual(pemBlocks(text, "PRIVATE KEY"), []);
  }
});

Deno.test("toPem() breaks lines after 64 characters and leaves no empty line", () => {
  const lines = toPem(new Uint8Array(96), "CERTIFICATE").split("\n");
  assert.deepEqual(lines.map((line) => line.length), [27, 64, 64, 25, 0]);
});
