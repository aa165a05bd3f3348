import { StartError } from "../secrets/start_error.ts";
import {
  createPrivateFile,
  PrivateFileError,
  readGivenFile,
  readPrivateFile,
} from "./private_files.ts";

const GENERATED_OCTETS = 32;
const SHORTEST_TOKEN = 16;

/** A new token: 32 random octets in base64url, without padding. */
export function generateToken(): string {
  const octets = crypto.getRandomValues(new Uint8Array(GENERATED_OCTETS));
  return octets.toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * Reads the token in a private file of ours, having put a new one there if there is no such file.
 *
 * @throws {StartError} If it cannot be written or read, or is no token.
 */
export async function openGeneratedToken(path: string): Promise<string> {
  return await orStartError(path, async () => {
    const kept = await readPrivateFile(path);
    // Never overwritten: somebody uses the one that is there, and that may be a moment old.
    if (kept === undefined) await createPrivateFile(path, `${generateToken()}\n`);
    return tokenIn(kept ?? await readPrivateFile(path), path);
  });
}

/**
 * Reads the token in the file that a flag names.
 *
 * @throws {StartError} If there is none, others may read it, or it is no token.
 */
export async function readGivenToken(flag: string, path: string): Promise<string> {
  const where = `${flag} ${path}`;
  return await orStartError(where, async () => tokenIn(await readGivenFile(path), where));
}

/** @throws {StartError} If the file is not there, or what it holds is no token. */
function tokenIn(text: string | undefined, where: string): string {
  const token = text?.replace(/\r?\n$/, "");
  if (token === undefined) throw new StartError([{ where, message: "there is no such file" }]);
  if (token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new StartError([{
      where,
      message: `the token must be ${SHORTEST_TOKEN} or more printable characters without spaces`,
    }]);
  }
  return token;
}

async function orStartError(where: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new StartError([{ where, message: error.message }]);
  }
}
