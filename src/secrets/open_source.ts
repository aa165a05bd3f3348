import { ClaudeCodeSource } from "./claude_code_source.ts";
import { CommandSource } from "./command_source.ts";
import type { SecretSource } from "./secret_source.ts";
import type { LiveSpec } from "./secret_spec.ts";

/** What sources obtain their secrets with. */
export interface SourceWorld {
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** What programs are run in. */
  readonly environment: Readonly<Record<string, string>>;
}

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
  }
}
