import { lookup } from "node:dns/promises";
import { ProxyError } from "../errors.ts";

/** How long an answer is used again, in milliseconds: getaddrinfo does not tell the record's TTL. */
const FRESH = 10_000;
const MAX_NAMES = 1000;

/** How long whoever asks waits for an answer, in milliseconds. */
const PATIENCE = 10_000;

interface Answer {
  readonly addresses: Promise<readonly string[]>;
  readonly expires: number;
}

/** Resolves a name to every address that it has. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/**
 * Resolves names by the host's resolver (/etc/hosts included), remembers the answers for a short
 * while and asks once where many wait for the same name.
 */
export class Resolver {
  readonly #answers = new Map<string, Answer>();
  readonly #ask: Resolve;
  readonly #now: () => number;
  readonly #patience: number;

  constructor({ ask = askHost, now = () => performance.now(), patience = PATIENCE }: {
    ask?: Resolve;
    now?: () => number;
    patience?: number;
  } = {}) {
    this.#ask = ask;
    this.#now = now;
    this.#patience = patience;
  }

  /**
   * @returns IP addresses in the order of preference, at least one.
   * @throws {ProxyError} `dns_error` if the name has none, `dns_timeout` if it takes too long.
   */
  resolve(name: string): Promise<readonly string[]> {
    const known = this.#answers.get(name);
    if (known !== undefined && this.#now() < known.expires) return known.addresses;
    const addresses = waitFor(this.#ask(name), { name, patience: this.#patience });
    if (this.#answers.size >= MAX_NAMES) this.#answers.clear();
    this.#answers.set(name, { addresses, expires: this.#now() + FRESH });
    // A failure is not remembered: the next caller asks again. Whoever waits now is told below.
    addresses.catch(() => this.#answers.delete(name));
    return addresses;
  }
}

/** Fails if the answer does not come in time; a late answer is dropped. */
async function waitFor(
  answer: Promise<readonly string[]>,
  { name, patience }: { name: string; patience: number },
): Promise<readonly string[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const alarm = setTimeout(() => {
    reject(new ProxyError("dns_timeout", `Cannot resolve ${name} within ${patience / 1000} s`));
  }, patience);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(alarm);
  }
}

async function askHost(name: string): Promise<readonly string[]> {
  try {
    const answers = await lookup(name, { all: true, verbatim: true });
    if (answers.length > 0) return answers.map(({ address }) => address);
  } catch (cause) {
    throw new ProxyError("dns_error", `Cannot resolve ${name}`, { cause });
  }
  throw new ProxyError("dns_error", `Cannot resolve ${name}: it has no address`);
}
