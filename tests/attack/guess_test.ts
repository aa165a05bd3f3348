/**
 * The contract (I4): nobody who can have a service send text of his choice learns from the way in which
 * it arrives whether a credential begins like it. Else sixty guesses a letter are all it takes.
 */

import assert from "node:assert/strict";
import { Lab } from "../support/lab.ts";
import { RawClient } from "../support/proxy_client.ts";
import { within } from "../support/wait_until.ts";
import { secrets } from "./secrets.ts";

const host = "api.github.com";
const secret = secrets.GITHUB_TOKEN;
const known = secret.slice(0, 6);
/** How the secret goes on, and how it does not: letters that are in it all the same. */
const [right = "", ...wrong] = ["/", "z", "R", "2", "k", "L"].map((letter) => known + letter);

/** Has the service send each guess at the end of a chunk; gives the length of what arrives of it at once. */
async function observe(guesses: readonly string[]): Promise<number[]> {
  await using lab = await Lab.create();
  await lab.upstream([`${host}:443`], async (exchange) => {
    await exchange.writeHead(200, { "Transfer-Encoding": "chunked" });
    const turns = exchange.body();
    for (const guess of guesses) {
      await turns.next();
      await exchange.write(`${(guess.length + 1).toString(16)}\r\n ${guess}\r\n`);
    }
    await exchange.write("1\r\n \r\n0\r\n\r\n");
  });
  const proxy = await lab.proxy({ secrets });
  const ca = await Deno.readTextFile(proxy.caFile);
  using client = await RawClient.tunnel(proxy.url, { target: `${host}:443`, ca });
  await client.send(`POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const seen: number[] = [];
  // Every answer begins with a blank, which nothing holds back: there is always something to read.
  for (const [index] of guesses.entries()) {
    await client.send("1\r\nx\r\n");
    if (index === 0) await client.reader.readHead();
    const line = within(client.reader.readLine(), { what: "something of the guess arrives" });
    const size = parseInt(await line ?? "", 16);
    seen.push(size);
    await client.reader.readExactly(size + 2);
  }
  await client.send("0\r\n\r\n");
  return seen;
}

Deno.test("attack: guess a credential letter by letter, from what of a guess is held back", async (t) => {
  for (const guess of wrong) {
    await t.step(`the attacker wants to tell ${right} from ${guess}`, async () => {
      const [first, second, third] = await observe([right, guess, right]);
      const [other, again, last] = await observe([guess, right, guess]);
      assert.deepEqual([first, second, third], [other, again, last]);
    });
  }
});
