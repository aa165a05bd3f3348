/** A stream of bytes that is written to: `Deno.Conn`, or anything like it. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<number>;
}

const encoder = new TextEncoder();

/** Writes all of `data`; text goes out as UTF-8. Resolves when the sink has accepted it. */
export async function writeAll(sink: ByteSink, data: Uint8Array | string): Promise<void> {
  let rest = typeof data === "string" ? encoder.encode(data) : data;
  while (rest.length > 0) rest = rest.subarray(await sink.write(rest));
}
