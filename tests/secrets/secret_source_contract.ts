/**
 * What every source of secrets holds to, whatever it reads them from.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RenewalError } from "../../src/secrets/renewable.ts";
import type { SecretSource } from "../../src/secrets/secret_source.ts";

/** One source under test, and the place that it reads. */
export interface SourceUnderTest extends AsyncDisposable {
  readonly source: SecretSource;
  /** Has it give this value from now on. */
  give(value: string): Promise<void>;
  /** Has the place be there no more. */
  take(): Promise<void>;
}

const value = "s3cr3t-value-of-the-test";

/** Texts that no credential can be; a source may not be able to give every one of them. */
const unusable: readonly string[] = [
  "",
  "two\nlines-of-s3cr3t",
  "carriage\rreturn-of-s3cr3t",
  "nul\0-of-s3cr3t",
  "s3cr3t-of-ümlauts",
  " s3cr3t-after-a-space",
];

/** Registers the contract's tests for one kind of source. */
export function testSourceContract(
  kind: string,
  open: () => Promise<SourceUnderTest>,
): void {
  Deno.test(`${kind} gives the value, and the same secret as long as it is the same`, async () => {
    await using tested = await open();
    await tested.give(value);
    const first = await tested.source.obtain();
    assert.equal(first.value.reveal(), value);
    assert.equal((await tested.source.obtain()).value, first.value);
    await tested.give(`${value}-2`);
    const second = await tested.source.obtain();
    assert.equal(second.value.reveal(), `${value}-2`);
    assert.notEqual(second.value, first.value);
  });

  Deno.test(`${kind} says when to ask again, and never after the value's end`, async () => {
    await using tested = await open();
    await tested.give(value);
    const { renewAt, expiresAt = Infinity } = await tested.source.obtain();
    assert.ok(renewAt !== undefined && renewAt > 0);
    assert.ok(renewAt <= expiresAt);
  });

  Deno.test(`${kind} fails with a reason that quotes nothing`, async () => {
    await using tested = await open();
    await tested.give(value);
    await tested.source.obtain();
    await tested.take();
    await assertFails(tested.source);
    for (const text of unusable) {
      await tested.give(text);
      await assertFails(tested.source);
    }
    await tested.give(value);
    assert.equal((await tested.source.obtain()).value.reveal(), value);
  });

  Deno.test(`${kind} is printed without a value`, async () => {
    await using tested = await open();
    await tested.give(value);
    const obtained = await tested.source.obtain();
    const printed = [
      tested.source.title,
      Deno.inspect(tested.source, { depth: 10, showHidden: true }),
      Deno.inspect(obtained, { depth: 10, showHidden: true }),
      JSON.stringify({ source: tested.source, obtained }),
    ];
    for (const text of printed) assert.ok(!text.includes("s3cr3t"), text);
  });
}

async function assertFails(source: SecretSource): Promise<void> {
  await assert.rejects(source.obtain(), (error) => {
    assert.ok(error instanceof RenewalError, String(error));
    assert.notEqual(error.message, "");
    assert.ok(!error.message.includes("s3cr3t"), error.message);
    assert.ok(!error.message.includes("/"), `it names a place: ${error.message}`);
    return true;
  });
}
