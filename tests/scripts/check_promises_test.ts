/**
 * Which statements the check reports, in one file that has each of them on a line of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { checkPromises } from "../../scripts/check_promises.ts";
import { TempDir } from "../support/temp_dir.ts";

const floating = "nobody waits for this promise: await it, or handle its failure";
const condition = "a promise as a condition is always true";
const unseen = "an async function, where nothing is expected back: nobody sees it fail";

/** A statement, and what is said about it; undefined is nothing. */
const statements: readonly (readonly [string, string | undefined])[] = [
  ["work();", floating],
  ["(work());", floating],
  ["work(), 1;", floating],
  ["flag && work();", floating],
  ["flag ? work() : 1;", floating],
  ["maybe?.work();", floating],
  ["work().then(() => {});", floating],
  ["work().then(() => {}, undefined);", floating],
  ["work().catch();", floating],
  ["work().finally(() => {});", floating],
  ["[1].map(work);", floating],
  ["new Promise(() => {});", floating],
  ["Deno.remove('x');", floating],
  ["lookup('x');", floating],
  ["x509.X509CertificateGenerator.create({} as never);", floating],
  ["helper();", floating],
  ["({ then(done: () => void) { done(); } });", floating],
  ["await work();", undefined],
  ["void work();", undefined],
  ["kept = work();", undefined],
  ["work().catch(() => {});", undefined],
  ["work().catch(handler);", undefined],
  ["work().then(() => {}, handler);", undefined],
  ["work().catch(handler).finally(() => {});", undefined],
  ["await Promise.all([1].map(work));", undefined],
  ["console.log(1);", undefined],
  ["if (work()) flag = true;", condition],
  ["while (work()) flag = true;", condition],
  ["flag = !work();", condition],
  ["flag = work() ? true : false;", condition],
  ["flag = Boolean(work() && flag);", condition],
  ["if (maybe?.work()) flag = true;", undefined],
  ["if (await work()) flag = true;", undefined],
  ["setTimeout(async () => { await work(); }, 1);", unseen],
  ["setTimeout(() => work(), 1);", unseen],
  ["setTimeout(work, 1);", unseen],
  ["[1].forEach(async () => { await work(); });", unseen],
  ["net.connect(1).on('data', async () => { await work(); });", unseen],
  ["Deno.addSignalListener('SIGTERM', async () => { await work(); });", unseen],
  ["kept = new Promise(async () => { await work(); });", unseen],
  ["take({ onClose: async () => { await work(); } });", unseen],
  ["setTimeout(() => void work(), 1);", undefined],
  ["take({ onOpen: async () => { await work(); } });", undefined],
  ["Deno.test('x', async () => { await work(); });", undefined],
];

const prelude = `import { lookup } from "node:dns/promises";
import net from "node:net";
import * as x509 from "@peculiar/x509";
import { helper } from "./helper.ts";
declare let flag: boolean;
declare let kept: unknown;
declare const maybe: { work(): Promise<number> } | undefined;
declare function take(hooks: { onClose?(): void; onOpen?(): void | Promise<void> }): void;
declare function work(): Promise<number>;
declare function handler(error: unknown): void;
`;

Deno.test("checkPromises() reports promises that nobody waits for, and only those", async () => {
  await using folder = await TempDir.create();
  await folder.makeDir("src");
  await folder.write(
    "src/helper.ts",
    "export async function helper() { await Promise.resolve(); }\n",
  );
  await folder.write("src/case.ts", prelude + statements.map(([text]) => `${text}\n`).join(""));
  await folder.write("main.ts", `import { helper } from "./src/helper.ts";\nhelper();\n`);
  await folder.makeDir("scripts");
  await folder.write("scripts/x.ts", `import "../src/helper.ts";\nDeno.readTextFile("x");\n`);

  const found = await checkPromises(folder.path);

  const preludeLines = prelude.split("\n").length - 1;
  const inCase = new Map(
    found.filter(({ file }) => file === "src/case.ts")
      .map(({ line, message }) => [line - preludeLines - 1, message]),
  );
  assert.deepEqual(statements.map(([text], index) => [text, inCase.get(index)]), statements);
  assert.deepEqual(found.filter(({ file }) => file !== "src/case.ts"), [
    { file: "main.ts", line: 2, message: floating },
    { file: "scripts/x.ts", line: 2, message: floating },
  ]);
});
