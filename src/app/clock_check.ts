import type { ByteStream } from "../proxy/byte_stream.ts";
import { takeHead } from "../proxy/read_head.ts";
import { parseResponseHead } from "../wire/http1_head.ts";
import { encodeLatin1 } from "../wire/octets.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import { failed, type HealthCheck, isFine } from "./health_check.ts";

/** A clock that is off by less troubles nobody, in milliseconds. */
const TOLERANCE = 2 * 60_000;

const limits = { maxBytes: 64 * 1024, maxFieldLines: 200 };

/**
 * Compares this machine's clock with that of a service: certificates and tokens are judged by it.
 *
 * @param stream A connection to the service, which is asked for nothing and shown nothing.
 * @returns `undefined` if the service does not tell the time.
 */
export async function checkClock(
  stream: ByteStream,
  { host, now }: { host: string; now: () => number },
): Promise<HealthCheck | undefined> {
  try {
    const request = `HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await stream.write(encodeLatin1(request));
    const first = await stream.read();
    if (first === null) return undefined;
    const octets = await takeHead(stream, { first, limits });
    const date = parseResponseHead(octets, octets.length, limits).fields.get("date");
    const theirs = Date.parse(date ?? "");
    if (Number.isNaN(theirs)) return undefined;
    return judge(theirs, { host, ours: now() });
  } catch {
    return undefined;
  }
}

function judge(theirs: number, { host, ours }: { host: string; ours: number }): HealthCheck {
  const off = Math.abs(ours - theirs);
  if (off <= TOLERANCE) return isFine("clock", `it agrees with ${host}`);
  return failed("clock", {
    message: `it is ${Math.round(off / 60_000)} minutes ${ours < theirs ? "behind" : "ahead of"} ` +
      `${host} (${dateOf(theirs)}): certificates and tokens are judged wrongly`,
    mend: "set it, and keep it right: timedatectl set-ntp true",
  });
}
