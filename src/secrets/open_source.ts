import { ClaudeCodeSource } from "./claude_code_source.ts";
import { CommandSource } from "./command_source.ts";
import { GithubAppSource } from "./github_app_source.ts";
import { OAuth2Source } from "./oauth2_source.ts";
import type { SourceWorld } from "./source_world.ts";
import { VaultSource } from "./vault_source.ts";
import type { SecretSource } from "./secret_source.ts";
import type { LiveSpec } from "./secret_spec.ts";

/** Opens the source of one secret; nothing is obtained yet. `name` is what the secret is called. */
export function openSource(spec: LiveSpec, { name, world }: {
  name: string;
  world: SourceWorld;
}): SecretSource {
  switch (spec.kind) {
    case "command":
      return new CommandSource(spec, { name, ...world });
    case "claude_code":
      return new ClaudeCodeSource(spec, { name, ...world });
    case "oauth2":
      return new OAuth2Source(spec, { name, world });
    case "vault":
      return new VaultSource(spec, { name, world });
    case "github_app":
      return new GithubAppSource(spec, { name, world });
  }
}
