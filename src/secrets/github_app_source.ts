import { parseJsonObject, textAt } from "./json_value.ts";
import { KeptSecret } from "./kept_secret.ts";
import type { SourceWorld } from "./source_world.ts";
import { readPemFile } from "./pem_file.ts";
import { type Obtained, RenewalError } from "./renewable.ts";
import { renewalTime } from "./renewal_times.ts";
import type { Secret } from "./secret.ts";
import type { SecretSource } from "./secret_source.ts";
import type { GithubAppSpec } from "./secret_spec.ts";
import { readRegularFile } from "./text_file.ts";

const what = "GitHub's answer";
const KEY_LIMIT = 64 * 1024;
/** The clocks of two machines differ: GitHub advises to date the JWT back, in seconds. */
const BACKDATED = 60;
/** GitHub accepts up to ten minutes, in seconds. */
const LIFE = 540;

/**
 * An installation's access token of a GitHub App
 * (https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app).
 */
export class GithubAppSource implements SecretSource {
  readonly title: string;
  readonly #spec: GithubAppSpec;
  readonly #world: SourceWorld;
  readonly #kept: KeptSecret;

  constructor(spec: GithubAppSpec, { name, world }: { name: string; world: SourceWorld }) {
    this.title = `the GitHub App ${spec.appId} at ${new URL(spec.api).host}`;
    this.#spec = spec;
    this.#world = world;
    this.#kept = new KeptSecret(name);
  }

  async obtain(): Promise<Obtained<Secret>> {
    const { api, installationId, repositories, permissions, ca } = this.#spec;
    const { https, now } = this.#world;
    const answer = await https({
      method: "POST",
      url: `${api.replace(/\/+$/, "")}/app/installations/${installationId}/access_tokens`,
      headers: {
        Authorization: `Bearer ${await this.#jwt()}`,
        Accept: "application/vnd.github+json",
        "Content-Type": "application/json",
        "X-GitHub-Api-Version": "2022-11-28",
      },
      body: JSON.stringify({ repositories, permissions }),
      anchors: ca === undefined ? undefined : await readPemFile(ca),
    });
    if (answer.status !== 201) throw new RenewalError(`GitHub answers ${answer.status}`);
    const object = parseJsonObject(answer.body, what);
    const value = this.#kept.of(textAt(object, { key: "token", what }), "the access token");
    const expiresAt = Date.parse(textAt(object, { key: "expires_at", what }));
    if (Number.isNaN(expiresAt)) throw new RenewalError(`${what} has no time at expires_at`);
    return { value, expiresAt, renewAt: renewalTime({ now: now(), expiresAt }) };
  }

  /** The key is read each time, and held no longer than it takes to sign. */
  async #jwt(): Promise<string> {
    const { appId, privateKeyFile } = this.#spec;
    const read = await readRegularFile(privateKeyFile, KEY_LIMIT);
    if ("message" in read) throw new RenewalError(`its key cannot be read: ${read.message}`);
    const { signAppJwt } = await import("./sign_app_jwt.ts");
    const seconds = Math.floor(this.#world.now() / 1000);
    return await signAppJwt(read.text, {
      issuer: appId,
      issuedAt: seconds - BACKDATED,
      expiresAt: seconds + LIFE,
    });
  }
}
