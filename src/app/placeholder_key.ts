import { join } from "node:path";
import { CaError } from "../ca/ca_error.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { deriveText } from "../ca/derive_text.ts";
import { readGivenPair } from "../ca/given_pair.ts";
import { ensurePrivateFolder } from "../ca/private_files.ts";
import { openGeneratedToken } from "../ca/token_file.ts";
import type { Config } from "../config/config.ts";
import { StartError } from "../secrets/start_error.ts";

/**
 * What placeholders are made with: derived from the key of a CA that was given, so that all proxies
 * with that CA recognise each other's, or else generated once and kept in the private folder.
 *
 * @throws {StartError} If it cannot be read, derived or written.
 */
export async function openPlaceholderKey({ caDir, givenCa }: Config): Promise<string> {
  if (givenCa === undefined) {
    const { privateFolder } = caPaths(caDir);
    await ensurePrivateFolder(privateFolder);
    return await openGeneratedToken(join(privateFolder, "placeholder-key"));
  }
  try {
    const pair = await readGivenPair(givenCa, Date.now());
    return deriveText(pair.key, "auth-proxy placeholder key");
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    throw new StartError([{ where: "--ca-cert, --ca-key", message: error.message }]);
  }
}
