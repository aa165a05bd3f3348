import type { Log, LogFormat } from "./log.ts";
import { openLog } from "./log.ts";
import { openOwnFile } from "./own_file.ts";

/** A log that is longer is put aside when it is opened, in octets. */
const LONGEST = 10_000_000;

/**
 * Has the log go to a file of this user's: for a program whose terminal is not ours.
 *
 * @throws {Error} If it cannot be written.
 */
export async function openLogFile(
  path: string,
  { logFormat }: { logFormat: LogFormat },
): Promise<Log> {
  let file = await openOwnFile(path);
  if ((await file.stat()).size > LONGEST) {
    file.close();
    await Deno.rename(path, `${path}.1`);
    file = await openOwnFile(path);
  }
  return await openLog(logFormat, file);
}
