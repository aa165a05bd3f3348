import { createHash, timingSafeEqual } from "node:crypto";

/** Decides who may use the listener. */
export class AgentGate {
  readonly #digest: Uint8Array | undefined;

  private constructor(digest: Uint8Array | undefined) {
    this.#digest = digest;
  }

  /** Lets everyone through: a loopback listener, or one that was told so by name. */
  static open(): AgentGate {
    return new AgentGate(undefined);
  }

  /** Demands the token; only its SHA-256 is kept. */
  static demanding(token: string): AgentGate {
    return new AgentGate(digestOf(token));
  }

  /** Whether a token is demanded. */
  get demandsToken(): boolean {
    return this.#digest !== undefined;
  }

  /**
   * Checks the value of `Proxy-Authorization` or, at the admin API, `Authorization`: Basic with the
   * token as the password and any user name (RFC 7617), or Bearer (RFC 6750).
   */
  admits(credentials: string | undefined): boolean {
    if (this.#digest === undefined) return true;
    const token = credentials === undefined ? undefined : tokenOf(credentials);
    return token !== undefined && timingSafeEqual(digestOf(token), this.#digest);
  }
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

function tokenOf(credentials: string): string | undefined {
  const [, scheme = "", value = ""] = /^([A-Za-z]+) +([^ ]+)$/.exec(credentials) ?? [];
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return undefined;
  try {
    const pair = atob(value);
    const colon = pair.indexOf(":");
    return colon < 0 ? undefined : pair.slice(colon + 1);
  } catch {
    return undefined;
  }
}
