import { StartError } from "../secrets/start_error.ts";
import { createPrivateFile, PrivateFileError, readPrivateFile } from "./private_files.ts";

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
    // Never overwritten: somebody uses the one that is there.
    await createPrivateFile(path, `${generateToken()}\n`);
    return await readToken(path, path);
  });
}

/**
 * Reads the token in the file that a flag names.
 *
 * @throws {StartError} If there is none, others may read it, or it is no token.
 */
export async function readGivenToken(flag: string, path: string): Promise<string> {
  const where = `${flag} ${path}`;
  return await orStartError(where, () => readToken(path, where));
}

async function readToken(path: string, where: string): Promise<string> {
  const token = (await readPrivateFile(path))?.replace(/\r?\n$/, "");
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
