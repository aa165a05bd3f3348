import { parseJsonObject, recordOf, textAt } from "./json_value.ts";
import { KeptSecret } from "./kept_secret.ts";
import { type Obtained, RenewalError } from "./renewable.ts";
import type { Secret } from "./secret.ts";
import type { SecretSource } from "./secret_source.ts";
import type { ClaudeCodeSpec } from "./secret_spec.ts";
import { readRegularFile } from "./text_file.ts";

/** How old what was read may be, in milliseconds. */
const AGE = 2_000;
/**
 * How long what was read is used while the file cannot be, in milliseconds: it is whole again at once
 * after it was written, and one that stays away is a login that was ended.
 */
const GRACE = 10_000;
const FILE_LIMIT = 1024 * 1024;

/**
 * The login of Claude Code on this machine. Its file is read and never written: Claude Code alone
 * renews what is in it, and a refresh token has one owner.
 */
export class ClaudeCodeSource implements SecretSource {
  readonly title = "the login of Claude Code";
  readonly #path: string;
  readonly #now: () => number;
  readonly #kept: KeptSecret;

  constructor({ path }: ClaudeCodeSpec, { name, now }: { name: string; now: () => number }) {
    this.#path = path;
    this.#now = now;
    this.#kept = new KeptSecret(name);
  }

  async obtain(): Promise<Obtained<Secret>> {
    const read = await readRegularFile(this.#path, FILE_LIMIT);
    if ("message" in read) {
      // Where it lies is for the operator to know, not for clients.
      throw new RenewalError(`its file cannot be read: ${read.message}`);
    }
    const what = "its file";
    const object = parseJsonObject(read.text, what);
    const text = textAt(object, { key: "claudeAiOauth.accessToken", what });
    const expiresAt = recordOf(object["claudeAiOauth"])?.["expiresAt"];
    if (typeof expiresAt !== "number") {
      throw new RenewalError("its file has no time at claudeAiOauth.expiresAt");
    }
    const now = this.#now();
    if (expiresAt <= now) throw new RenewalError("it has expired: run claude on the proxy's host");
    const value = this.#kept.of(text, "the token in its file");
    const renewAt = now + AGE;
    return { value, renewAt, expiresAt: Math.min(expiresAt, renewAt + GRACE) };
  }
}
