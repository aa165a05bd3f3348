/**
 * What sources that speak HTTPS are tested with: a place that gives out credentials, over real TLS, and
 * the world to reach it by.
 *
 * @module
 */
import { createHttpsClient } from "../../src/secrets/https_client.ts";
import { PrivateStateFolder } from "../../src/ca/private_state_folder.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { SecretInputs } from "../../src/secrets/secret_inputs.ts";
import type { SourceWorld } from "../../src/secrets/source_world.ts";
import { TempDir } from "../support/temp_dir.ts";
import { TestRoot } from "../support/test_pki.ts";
import { type Handler, Upstream } from "../support/upstream.ts";

export interface SourceLab extends AsyncDisposable {
  readonly dir: TempDir;
  readonly upstream: Upstream;
  readonly root: TestRoot;
  /** Milliseconds since the epoch; sources go by it. */
  now: number;
  /** What sources ask for by name. */
  readonly secrets: Map<string, string>;
  readonly world: SourceWorld;
}

/** Opens a place at `https://HOST`, answered by `handler`. */
export async function openSourceLab(
  host: string,
  handler: Handler,
  { trusts = true, timeout = 10_000 }: { trusts?: boolean; timeout?: number } = {},
): Promise<SourceLab> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await TempDir.create());
  const root = await TestRoot.create("source root");
  const other = await TestRoot.create("another root");
  const certificate = await root.issue({ names: [host] });
  const upstream = stack.use(Upstream.listen({ certificate, handler }));
  const secrets = new Map<string, string>();
  const inputs = new SecretInputs();
  inputs.use({
    get: (name) => {
      const value = secrets.get(name);
      return value === undefined ? undefined : { secret: new Secret(name, value) };
    },
    live: () => undefined,
    missing: () => undefined,
  });
  const lab = {
    dir,
    upstream,
    root,
    now: Date.now(),
    secrets,
    world: {
      now: () => lab.now,
      environment: {},
      inputs,
      state: new PrivateStateFolder(dir.join("private")),
      https: createHttpsClient({
        timeout,
        defaultAnchors: () => Promise.resolve([trusts ? root.pem : other.pem]),
        connectTo: () => ({ host: upstream.hostname, port: upstream.port }),
      }),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return lab;
}
