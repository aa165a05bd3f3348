import { placed } from "./placed.ts";

/** The keys of a file's sections that hold a path. */
const pathKeys: ReadonlySet<string> = new Set([
  "ca",
  "claude_code",
  "client_cert",
  "client_key",
  "file",
]);

/** A section of a file as it would be written elsewhere: with its paths from the root. */
export function withAbsolutePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withAbsolutePaths(item, folder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (pathKeys.has(key) && typeof inner === "string") return [key, placed(inner, folder)];
      const program = key === "command" && Array.isArray(inner) ? String(inner[0]) : "";
      if (isProgramPath(program)) {
        return [key, [placed(program, folder), ...(inner as unknown[]).slice(1)]];
      }
      return [key, withAbsolutePaths(inner, folder)];
    }),
  );
}

/** Whether a program is named by its path, and not looked for in PATH. */
export function isProgramPath(program: string): boolean {
  return /^(~|\.{1,2})?\//.test(program);
}
