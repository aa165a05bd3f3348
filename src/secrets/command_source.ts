import { parseJsonObject, textAt } from "./json_value.ts";
import { KeptSecret } from "./kept_secret.ts";
import { runProgram } from "./program.ts";
import { type Obtained, RenewalError } from "./renewable.ts";
import { renewalTime } from "./renewal_times.ts";
import { dropFinalNewline, type Secret } from "./secret.ts";
import type { SecretSource } from "./secret_source.ts";
import type { CommandSpec } from "./secret_spec.ts";

/** What a command has printed. */
interface Printed {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** A secret that a program prints: `gh auth token`, `op read …`, `bw get password …`. */
export class CommandSource implements SecretSource {
  readonly title: string;
  readonly #spec: CommandSpec;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #now: () => number;
  readonly #kept: KeptSecret;

  /** @param options `environment` is what the program is run in; `now` the clock. */
  constructor(
    spec: CommandSpec,
    { name, environment, now }: {
      name: string;
      environment: Readonly<Record<string, string>>;
      now: () => number;
    },
  ) {
    this.title = `the command ${spec.argv[0]}`;
    this.#spec = spec;
    this.#environment = { ...environment, ...spec.env };
    this.#now = now;
    this.#kept = new KeptSecret(name);
  }

  async obtain(): Promise<Obtained<Secret>> {
    const { argv: [command = "", ...args], timeout, ttl, maxStale } = this.#spec;
    const output = await runProgram({ command, args, role: "the command" }, {
      environment: this.#environment,
      timeout,
    });
    const now = this.#now();
    const { text, expiresAt } = this.#read(output, now);
    const value = this.#kept.of(text, "what it prints");
    const renewAt = expiresAt === undefined
      ? now + ttl
      : Math.min(now + ttl, renewalTime({ now, expiresAt }));
    return { value, renewAt, expiresAt: Math.min(expiresAt ?? Infinity, renewAt + maxStale) };
  }

  #read(output: string, now: number): Printed {
    const { format, key } = this.#spec;
    if (format === "text") return { text: dropFinalNewline(output) };
    const what = "what it prints";
    const object = parseJsonObject(output, what);
    const expiresAt = expiryIn(object, now);
    if (expiresAt !== undefined && expiresAt <= now) {
      throw new RenewalError(`${what} has expired already`);
    }
    return {
      text: textAt(object, { key, what }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
}

/**
 * When a credential expires, as programs say it: `expires_at` (a time as RFC 3339 has it, or seconds
 * since the epoch), or `expires_in`, in seconds.
 *
 * @returns Milliseconds since the epoch; `undefined` if it says nothing.
 * @throws {RenewalError} If it says something else.
 */
function expiryIn(object: Readonly<Record<string, unknown>>, now: number): number | undefined {
  const { expires_at: at, expires_in: seconds } = object;
  if (at === undefined && seconds === undefined) return undefined;
  const time = typeof at === "string" && /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(at)
    ? Date.parse(at)
    : typeof at === "number"
    ? at * 1000
    : at === undefined && typeof seconds === "number"
    ? now + seconds * 1000
    : NaN;
  if (Number.isNaN(time)) throw new RenewalError("what it prints has no time at expires_at");
  return time;
}
