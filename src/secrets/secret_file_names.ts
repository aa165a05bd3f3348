/** File names whose variable is not simply their upper case. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["ANTHROPIC_KEY", "ANTHROPIC_API_KEY"],
  ["CLAUDE_API_KEY", "ANTHROPIC_API_KEY"],
  ["CLAUDE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
  ["CLOUDFLARE_TOKEN", "CLOUDFLARE_API_TOKEN"],
  ["GEMINI_KEY", "GEMINI_API_KEY"],
  ["HUGGINGFACE_TOKEN", "HF_TOKEN"],
  ["KUBERNETES_TOKEN", "K8S_TOKEN"],
  ["LINEAR_KEY", "LINEAR_API_KEY"],
  ["OPENAI_KEY", "OPENAI_API_KEY"],
  ["SENTRY_TOKEN", "SENTRY_AUTH_TOKEN"],
]);

/**
 * Says which variable a file of a secrets folder holds.
 *
 * @param name The file's name, in any case; `-` reads as `_`, as Kubernetes secrets often have it.
 * @returns `github_token` → `GITHUB_TOKEN`, `anthropic_key` → `ANTHROPIC_API_KEY`; `undefined` for
 * a hidden file and for a name that no variable can have.
 */
export function variableOfFile(name: string): string | undefined {
  const variable = name.toUpperCase().replaceAll("-", "_");
  if (!/^[A-Z_][A-Z0-9_]*$/.test(variable)) return undefined;
  return aliases.get(variable) ?? variable;
}
