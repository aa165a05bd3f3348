import { fileFailure } from "../secrets/file_failure.ts";
import type { LineTarget, Written } from "./line_target.ts";

/**
 * Writes lines to stderr.
 *
 * Deno writes each batch under the process's lock on stderr, so that no line of the log comes to stand
 * within a line of the batch.
 */
export class StderrTarget implements LineTarget {
  async write(lines: Uint8Array): Promise<Written> {
    let octets = 0;
    try {
      while (octets < lines.length) octets += await Deno.stderr.write(lines.subarray(octets));
      return { octets };
    } catch (error) {
      // What has left cannot be taken back; the rest of a line follows once there is room.
      return { octets, failure: fileFailure(error) };
    }
  }

  close(): void {}
}
