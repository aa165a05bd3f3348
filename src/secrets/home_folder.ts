import { homedir } from "node:os";

/**
 * This user's home; `/` for one who has none, as a number without a name in a container has: so do
 * container runtimes. Deno 2.9's own gives null then, whatever its type says.
 */
export function homeFolder(): string {
  const home: string | null = homedir();
  return home ?? "/";
}
