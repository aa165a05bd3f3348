import { ProxyError } from "../errors.ts";
import type { ClientStream } from "./client_stream.ts";

/**
 * Does something for a client that has nothing to say meanwhile, and calls it off if the client ends
 * its side: it has left, and nobody is to hold descriptors for it.
 *
 * @throws {ProxyError} `client_gone` as the signal's reason, and what `action` throws.
 */
export async function whileClientStays<T>(
  client: ClientStream,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const callOff = () => stop.abort(clientGone());
  if (client.ended) callOff();
  client.onEnd = callOff;
  try {
    return await action(stop.signal);
  } finally {
    client.onEnd = undefined;
  }
}

/** What an exchange or a tunnel fails with that has lost its client. */
export function clientGone(): ProxyError {
  return new ProxyError("client_gone", "The client has left");
}
