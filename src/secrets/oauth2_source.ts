import { createHash } from "node:crypto";
import type { HttpsAnswer } from "./https_client.ts";
import { parseJsonObject, textAt } from "./json_value.ts";
import { KeptSecret } from "./kept_secret.ts";
import type { SourceWorld } from "./source_world.ts";
import { readPemFile } from "./pem_file.ts";
import { type Obtained, RenewalError } from "./renewable.ts";
import { renewalTime } from "./renewal_times.ts";
import { parseSecretValue, type Secret } from "./secret.ts";
import type { SecretSource } from "./secret_source.ts";
import type { OAuth2Spec } from "./secret_spec.ts";
import { clientBasic, formBody, secretHeader } from "./source_credentials.ts";

const what = "the token endpoint's answer";

/** Error codes of RFC 6749 section 5.2: what is none of them is not repeated. */
const errorCodes: ReadonlySet<unknown> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
]);

/**
 * An access token of OAuth2: by client_credentials (RFC 6749 section 4.4), or by a refresh token
 * (section 6). A refresh token that the endpoint replaces is written down before the access token is
 * used, under a lock: so that each is spent once, also after a crash and by several proxies.
 */
export class OAuth2Source implements SecretSource {
  readonly title: string;
  readonly #spec: OAuth2Spec;
  readonly #name: string;
  readonly #world: SourceWorld;
  readonly #kept: KeptSecret;

  constructor(spec: OAuth2Spec, { name, world }: { name: string; world: SourceWorld }) {
    this.title = `OAuth2 at ${new URL(spec.tokenUrl).host}`;
    this.#spec = spec;
    this.#name = name;
    this.#world = world;
    this.#kept = new KeptSecret(name);
  }

  async obtain(): Promise<Obtained<Secret>> {
    const { refreshToken } = this.#spec;
    if (refreshToken === undefined) {
      return (await this.#ask({ grant_type: "client_credentials" })).obtained;
    }
    const seed = await this.#world.inputs.get(refreshToken);
    const seedId = createHash("sha256").update(secretHeader(seed)).digest("hex");
    return await this.#world.state.update(`oauth2-${this.#name}`, async (text) => {
      const state = text === undefined ? undefined : readState(text, this.#name);
      // Another seed was configured: what came of the one before is of no use.
      const current = state?.seedId === seedId ? state.refreshToken : seed;
      const answer = await this.#ask({ grant_type: "refresh_token", refresh_token: current });
      const next = answer.refreshToken;
      const kept = next === undefined || next.equals(current);
      return {
        result: answer.obtained,
        ...(kept ? {} : {
          text: JSON.stringify({ seed: seedId, refresh_token: secretHeader(next) }) + "\n",
        }),
      };
    });
  }

  async #ask(
    grant: Readonly<Record<string, string | Secret>>,
  ): Promise<{ obtained: Obtained<Secret>; refreshToken: Secret | undefined }> {
    const { tokenUrl, clientId, clientSecret, auth, scope, audience, ca } = this.#spec;
    const { inputs, https, now } = this.#world;
    const secret = clientSecret === undefined ? undefined : await inputs.get(clientSecret);
    const inBody = secret === undefined || auth === "body";
    const answer = await https({
      method: "POST",
      url: tokenUrl,
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        ...(inBody ? {} : { Authorization: clientBasic(clientId, secret) }),
      },
      body: formBody({
        ...grant,
        scope,
        audience,
        ...(inBody ? { client_id: clientId, client_secret: secret } : {}),
      }),
      anchors: ca === undefined ? undefined : await readPemFile(ca),
    });
    if (answer.status !== 200) throw new RenewalError(refusalOf(answer));
    const object = parseJsonObject(answer.body, what);
    const value = this.#kept.of(textAt(object, { key: "access_token", what }), "the access token");
    const seconds = Number(object["expires_in"]);
    const at = now();
    const expiry = seconds > 0 ? { expiresAt: at + seconds * 1000 } : {};
    return {
      obtained: { value, ...expiry, renewAt: renewalTime({ now: at, ...expiry }) },
      refreshToken: refreshTokenIn(object, this.#name),
    };
  }
}

function refreshTokenIn(
  object: Readonly<Record<string, unknown>>,
  name: string,
): Secret | undefined {
  const text = object["refresh_token"];
  if (typeof text !== "string" || text === "") return undefined;
  const parsed = parseSecretValue(`${name} refresh token`, text);
  if ("secret" in parsed) return parsed.secret;
  throw new RenewalError(`the refresh token ${parsed.refusal}`);
}

function readState(
  text: string,
  name: string,
): { seedId: string; refreshToken: Secret } | undefined {
  try {
    const object = parseJsonObject(text, "its state");
    const refreshToken = refreshTokenIn(object, name);
    return refreshToken === undefined
      ? undefined
      : { seedId: textAt(object, { key: "seed", what: "its state" }), refreshToken };
  } catch (error) {
    if (error instanceof RenewalError) return undefined;
    throw error;
  }
}

function refusalOf({ status, body }: HttpsAnswer): string {
  try {
    const { error } = parseJsonObject(body, what);
    if (errorCodes.has(error)) return `the token endpoint refuses: ${String(error)} (${status})`;
  } catch {
    // What it says instead is not repeated.
  }
  return `the token endpoint answers ${status}`;
}
