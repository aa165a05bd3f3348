import { parseJsonObject, recordOf, textAt } from "./json_value.ts";
import { KeptSecret } from "./kept_secret.ts";
import type { SourceWorld } from "./source_world.ts";
import { readPemFile } from "./pem_file.ts";
import { type Obtained, RenewalError } from "./renewable.ts";
import { renewalTime } from "./renewal_times.ts";
import { parseSecretValue, type Secret } from "./secret.ts";
import type { SecretSource } from "./secret_source.ts";
import type { VaultSpec } from "./secret_spec.ts";
import { jsonBody, secretHeader } from "./source_credentials.ts";
import { readRegularFile } from "./text_file.ts";

const what = "Vault's answer";
const JWT_LIMIT = 64 * 1024;

/** A token to ask with, and how long it is good for: milliseconds since the epoch. */
interface Login {
  readonly token: Secret;
  readonly expiresAt: number;
}

/**
 * A field of a secret in HashiCorp Vault or OpenBao, through its HTTP API: of the key/value engine,
 * version 1 or 2, or of one that gives out credentials with a lease.
 */
export class VaultSource implements SecretSource {
  readonly title: string;
  readonly #spec: VaultSpec;
  readonly #name: string;
  readonly #world: SourceWorld;
  readonly #kept: KeptSecret;
  #login: Login | undefined;

  constructor(spec: VaultSpec, { name, world }: { name: string; world: SourceWorld }) {
    this.title = `Vault at ${new URL(spec.url).host}`;
    this.#spec = spec;
    this.#name = name;
    this.#world = world;
    this.#kept = new KeptSecret(name);
  }

  async obtain(): Promise<Obtained<Secret>> {
    const { path, field, ttl } = this.#spec;
    let answer = await this.#ask("GET", { path, token: await this.#token() });
    if (answer.status === 403 && this.#login !== undefined) {
      // The login may have been revoked.
      this.#login = undefined;
      answer = await this.#ask("GET", { path, token: await this.#token() });
    }
    if (answer.status !== 200) throw new RenewalError(`Vault answers ${answer.status}`);
    const object = parseJsonObject(answer.body, what);
    const data = recordOf(object["data"]) ?? {};
    // Version 2 wraps the data once more, beside its metadata.
    const inner = recordOf(data["metadata"]) === undefined ? data : recordOf(data["data"]) ?? {};
    const value = this.#kept.of(textAt(inner, { key: field, what }), `the field ${field}`);
    const now = this.#world.now();
    const lease = Number(object["lease_duration"]);
    const isLeased = typeof object["lease_id"] === "string" && object["lease_id"] !== "";
    if (isLeased && lease > 0) {
      const expiresAt = now + lease * 1000;
      return { value, expiresAt, renewAt: renewalTime({ now, expiresAt }) };
    }
    return { value, renewAt: now + ttl, expiresAt: now + ttl + this.#spec.maxStale };
  }

  async #token(): Promise<Secret> {
    const { auth } = this.#spec;
    const { inputs, now } = this.#world;
    if (auth.kind === "token") return await inputs.get(auth.token);
    if (this.#login !== undefined && now() < this.#login.expiresAt) return this.#login.token;
    const body = auth.kind === "approle"
      ? jsonBody({ role_id: auth.roleId, secret_id: await inputs.get(auth.secretId) })
      : jsonBody({ role: auth.role, jwt: await readJwt(auth.jwtFile) });
    const answer = await this.#ask("POST", { path: `auth/${auth.mount}/login`, body });
    if (answer.status !== 200) {
      throw new RenewalError(`Vault refuses the login (${answer.status})`);
    }
    const object = parseJsonObject(answer.body, what);
    const text = textAt(object, { key: "auth.client_token", what });
    const parsed = parseSecretValue(`${this.#name} Vault token`, text);
    if ("refusal" in parsed) throw new RenewalError(`the token of the login ${parsed.refusal}`);
    const lease = Number(recordOf(object["auth"])?.["lease_duration"]);
    const expiresAt = lease > 0
      ? renewalTime({ now: now(), expiresAt: now() + lease * 1000 })
      : Infinity;
    this.#login = { token: parsed.secret, expiresAt };
    return parsed.secret;
  }

  async #ask(
    method: "GET" | "POST",
    { path, token, body }: { path: string; token?: Secret; body?: string },
  ) {
    const { url, namespace, ca } = this.#spec;
    return await this.#world.https({
      method,
      url: `${url.replace(/\/+$/, "")}/v1/${path}`,
      headers: {
        "X-Vault-Request": "true",
        ...(token === undefined ? {} : { "X-Vault-Token": secretHeader(token) }),
        ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      anchors: ca === undefined ? undefined : await readPemFile(ca),
    });
  }
}

async function readJwt(path: string): Promise<string> {
  const read = await readRegularFile(path, JWT_LIMIT);
  if ("message" in read) throw new RenewalError(`its JWT cannot be read: ${read.message}`);
  return read.text.trim();
}
