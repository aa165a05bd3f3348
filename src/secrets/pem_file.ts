import { parseCertificates } from "./certificates.ts";
import { RenewalError } from "./renewable.ts";
import { readRegularFile } from "./text_file.ts";

const LIMIT = 4 * 1024 * 1024;

/**
 * Reads the certificates that are trusted for a source.
 *
 * @throws {RenewalError} If there are none: fewer would be trusted otherwise, or more.
 */
export async function readPemFile(path: string): Promise<string> {
  const read = await readRegularFile(path, LIMIT);
  if ("message" in read) throw new RenewalError(`its CA file cannot be read: ${read.message}`);
  const parsed = parseCertificates(read.text);
  if ("refusal" in parsed) throw new RenewalError(`its CA file is of no use: ${parsed.refusal}`);
  return parsed.certificates.join("\n");
}
