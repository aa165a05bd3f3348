import type { ByteStream } from "./byte_stream.ts";

/** Who sends something first; an upstream that cannot be had says nothing. */
export async function firstSpeaker(
  client: ByteStream,
  upstream: Promise<ByteStream>,
): Promise<"client" | "server"> {
  const never = new Promise<never>(() => {});
  return await Promise.race([
    client.readable().then(() => "client" as const),
    upstream.then((stream) => stream.readable(), () => never).then(() => "server" as const),
  ]);
}
