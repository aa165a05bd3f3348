const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "something else of this name is in the way",
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link",
  ENOENT: "no such file",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of its path is not a folder",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** The code (`"ENOENT"`) of a file system error of `node:fs`; `undefined` for anything else. */
export function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Says in a few words of plain English why a file operation failed. */
export function fileFailure(error: unknown): string {
  const code = fileErrorCode(error);
  if (code !== undefined) return reasons[code] ?? code;
  if (error instanceof Deno.errors.NotCapable) return "this process was started without permission";
  return error instanceof Error ? error.name : "unknown failure";
}
