/**
 * Files that nobody but this process's user may read: the CA key, agent tokens (invariant I9).
 *
 * On Windows there are no permission bits, and Deno offers no way to set or read an ACL: icacls
 * would need `--allow-run`, and a proxy that may start programs is the greater danger. A new file
 * inherits its folder's ACL instead. Inside the user's profile that ACL names the user, SYSTEM and
 * Administrators, none of whom could be kept out anyway; elsewhere (`C:\ca`) every local user may
 * read. So on Windows a private folder outside the profile is refused, and nothing checks whether
 * somebody has widened an ACL by hand.
 *
 * @module
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, stat } from "node:fs/promises";
import { dirname, win32 } from "node:path";
import { createFile, replaceFile } from "./atomic_file.ts";
import { fileErrorCode, fileFailure } from "../secrets/file_failure.ts";

/** A private file or folder that is not private, or cannot be used. One line, with the mend. */
export class PrivateFileError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PrivateFileError";
  }
}

const privateFile = { mode: 0o600 } as const;
/** A key or a token is a few hundred bytes; what is larger was put there by mistake. */
const largestFile = 1_048_576;

/**
 * Writes `content` to `path` in one step, mode 0600 from its first moment, replacing what is there.
 *
 * @throws {PrivateFileError} If it cannot be written.
 */
export async function writePrivateFile(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await replaceFile(path, content, privateFile);
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * As {@linkcode writePrivateFile}, but never overwrites: of several processes that start at once
 * one creates the file, and the others get `"exists"` and read the winner's, which is complete.
 *
 * @throws {PrivateFileError} If it cannot be written.
 */
export async function createPrivateFile(
  path: string,
  content: Uint8Array | string,
): Promise<"created" | "exists"> {
  try {
    return await createFile(path, content, privateFile);
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * Makes the folder with mode 0700 (its parents with 0755), or checks the one that is there.
 *
 * An existing folder that is too wide is refused, not narrowed: what it holds may have been read
 * or replaced already, and that is for a person to judge.
 *
 * @throws {PrivateFileError} If it is not a folder of this user's with no access for others.
 */
export async function ensurePrivateFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows" && !isInsideProfile(path, Deno.env.get("USERPROFILE"))) {
    throw new PrivateFileError(
      `Cannot keep secrets in ${JSON.stringify(path)}: outside your profile folder other users ` +
        "may read it; choose a folder inside %USERPROFILE%",
    );
  }
  let found: Stats;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await mkdir(path, { mode: 0o700 }).catch((error) => {
      if (fileErrorCode(error) !== "EEXIST") throw error;
    });
    // lstat: a link that somebody else planted here would lead our secrets into their folder.
    found = await lstat(path);
  } catch (error) {
    throw new PrivateFileError(
      `Cannot create the private folder ${JSON.stringify(path)}: ${fileFailure(error)}`,
      { cause: error },
    );
  }
  if (!found.isDirectory()) {
    throw new PrivateFileError(
      `Cannot use the private folder ${JSON.stringify(path)}: it is not a folder; move it away`,
    );
  }
  requirePrivate(path, found, { what: "private folder", mode: "700" });
}

/**
 * Checks that nobody but this user can read or write the file at `path` (links are followed).
 *
 * To read the file as well, use {@linkcode readPrivateFile}: it checks what it reads, where a
 * check by name can be outrun.
 *
 * @throws {PrivateFileError} If it is missing, not a regular file, another user's, or has any
 * permission bit for group or others.
 */
export async function checkPrivateFile(path: string): Promise<void> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    throw readError(path, error);
  }
  requirePrivateFile(path, found);
}

/**
 * Reads a private file, having checked the very file that was opened.
 *
 * @returns Its text, or `undefined` if there is no such file.
 * @throws {PrivateFileError} As {@linkcode checkPrivateFile}, or if it cannot be read or is over
 * 1 MiB.
 */
export function readPrivateFile(path: string): Promise<string | undefined> {
  return readChecked(path, requirePrivateFile);
}

/**
 * As {@linkcode readPrivateFile}, for a file that the operator has put there: it may be root's, and
 * then its group may read it too. That is how Kubernetes mounts a Secret for a pod with an fsGroup, and
 * systemd a credential.
 *
 * @throws {PrivateFileError} As {@linkcode readPrivateFile}.
 */
export function readGivenFile(path: string): Promise<string | undefined> {
  return readChecked(path, (name, found) => requirePrivateFile(name, found, { given: true }));
}

async function readChecked(
  path: string,
  check: (path: string, found: Stats) => void,
): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // O_NONBLOCK (0 on Windows): opening a FIFO that has no writer would wait for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return undefined;
    throw readError(path, error);
  }
  try {
    check(path, await file.stat());
    return await file.readFile("utf8");
  } catch (error) {
    throw error instanceof PrivateFileError ? error : readError(path, error);
  } finally {
    await file.close();
  }
}

/** Whether a Windows path lies inside the user's profile folder; pure, so testable anywhere. */
export function isInsideProfile(path: string, profile: string | undefined): boolean {
  if (profile === undefined || profile === "") return false;
  const relative = win32.relative(win32.resolve(profile), win32.resolve(path));
  return relative !== "" && relative.split("\\")[0] !== ".." && !win32.isAbsolute(relative);
}

function requirePrivateFile(
  path: string,
  found: Stats,
  { given = false }: { given?: boolean } = {},
): void {
  if (!found.isFile()) {
    throw new PrivateFileError(
      `Cannot use the private file ${JSON.stringify(path)}: it is not a regular file; move it away`,
    );
  }
  if (found.size > largestFile) {
    throw new PrivateFileError(
      `Cannot use the private file ${JSON.stringify(path)}: it is larger than 1 MiB; move it away`,
    );
  }
  if (given && isRootsForGroup(found)) return;
  requirePrivate(path, found, { what: "private file", mode: "600" });
}

/** Root decides what is read here anyway, and has said which group may read this. */
function isRootsForGroup({ uid, mode }: Stats): boolean {
  const ourselves = Deno.uid();
  return uid === 0 && ourselves !== null && ourselves !== 0 && (mode & 0o037) === 0;
}

interface Requirement {
  readonly what: string;
  /** What chmod is to be given. */
  readonly mode: string;
}

function requirePrivate(path: string, found: Stats, required: Requirement): void {
  const uid = Deno.uid();
  if (uid === null) return;
  const name = JSON.stringify(path);
  // The owner can chmod the file back at any time, so another owner is as bad as wide bits.
  if (found.uid !== uid) {
    throw new PrivateFileError(
      `Cannot use the ${required.what} ${name}: it belongs to user ${found.uid}, not to ${uid}; ` +
        `run as its owner, or: chown ${uid} ${name}`,
    );
  }
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(3, "0");
    throw new PrivateFileError(
      `Cannot use the ${required.what} ${name}: its mode ${mode} lets others at it; ` +
        `chmod ${required.mode} ${name}`,
    );
  }
}

function readError(path: string, error: unknown): PrivateFileError {
  return new PrivateFileError(
    `Cannot read the private file ${JSON.stringify(path)}: ${fileFailure(error)}` +
      (fileErrorCode(error) === "EACCES" ? "; run as the user who owns it and its folder" : ""),
    { cause: error },
  );
}

function writeError(path: string, error: unknown): PrivateFileError {
  return new PrivateFileError(
    `Cannot write the private file ${JSON.stringify(path)}: ${fileFailure(error)}; ` +
      "make its folder writable, or choose another",
    { cause: error },
  );
}
