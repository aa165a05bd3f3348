import { StartError } from "../secrets/start_error.ts";
import { formatHost, parseHost } from "../wire/authority.ts";

/** Where to listen; port 0 is any that is free. */
export interface BindAddress {
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Opens a listener.
 *
 * @param flag What to change if it cannot be had.
 * @throws {StartError} if it cannot.
 */
export async function bind<T>(
  flag: string,
  address: BindAddress,
  open: (address: BindAddress) => T | Promise<T>,
): Promise<T> {
  try {
    return await open(address);
  } catch (error) {
    const code = (error as { code?: string }).code;
    const taken = code === "EADDRINUSE" || error instanceof Deno.errors.AddrInUse;
    throw new StartError([{
      where: flag,
      message: taken
        ? `${listenerUrl(address)} is in use: stop what listens there, or choose another port`
        : `cannot listen on ${
          listenerUrl(address)
        }: it is no address of this machine, or not allowed`,
    }]);
  }
}

/** The URL of a listener. */
export function listenerUrl(
  { hostname, port }: BindAddress,
  scheme: "http" | "https" = "http",
): string {
  return `${scheme}://${formatHost(parseHost(hostname))}:${port}`;
}
