import { connect as connectNodeSocket, type Socket } from "node:net";
import { ProxyError } from "../errors.ts";

/** RFC 8305 section 5: how long one address may keep the next one waiting, in milliseconds. */
const ATTEMPT_DELAY = 250;

/**
 * How many attempts of one dial may be under way: a name of somebody's choice may have any number of
 * addresses that never answer, and each attempt holds a descriptor. The oldest makes room.
 */
const MAX_ATTEMPTS = 4;

/** What {@linkcode dial} may take. */
export interface DialOptions {
  readonly port: number;
  /** Milliseconds for all attempts together. */
  readonly timeout: number;
  /** Calls it off. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to the first of several addresses that answers (RFC 8305, "Happy Eyeballs"). When it is
 * over, however it ends, the attempts that did not win are gone and their descriptors free: the
 * kernel alone would go on for two minutes.
 *
 * @param addresses IP addresses in the order of preference.
 * @throws {ProxyError} `connection_refused`, `connection_timeout`, `destination_unavailable`, or
 *   `connection_limit` if this process has no descriptor left; and the signal's reason.
 */
export async function dial(
  addresses: readonly string[],
  options: DialOptions,
): Promise<Deno.TcpConn> {
  return await race<Deno.TcpConn>(addresses, {
    ...options,
    open: (target) => Deno.connect(target),
    close: (conn) => conn.close(),
  });
}

/** The same, with a socket of node:net: what TLS with roots of our own choice is put on. */
export async function dialSocket(
  addresses: readonly string[],
  options: DialOptions,
): Promise<Socket> {
  return await race<Socket>(addresses, {
    ...options,
    open: openSocket,
    close: (socket) => socket.destroy(),
  });
}

interface Attempt {
  readonly hostname: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

function openSocket({ hostname, port, signal }: Attempt): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connectNodeSocket({ host: hostname, port, noDelay: true });
  const callOff = () => {
    // Its descriptor is free then.
    socket.once("close", () => reject(signal.reason));
    socket.destroy();
  };
  signal.addEventListener("abort", callOff);
  // One without a listener is fatal; whoever takes the socket adds its own.
  socket.on("error", reject);
  socket.once("connect", () => resolve(socket));
  return promise.finally(() => signal.removeEventListener("abort", callOff));
}

async function race<T>(
  addresses: readonly string[],
  { port, timeout, signal, open, close }: DialOptions & {
    readonly open: (attempt: Attempt) => Promise<T>;
    readonly close: (connection: T) => void;
  },
): Promise<T> {
  signal?.throwIfAborted();
  const failures: unknown[] = [];
  /** The attempts under way, the oldest first. */
  const running = new Map<AbortController, Promise<void>>();
  let winner: T | undefined;

  async function attempt(hostname: string, stop: AbortController): Promise<void> {
    try {
      const conn = await open({ hostname, port, signal: stop.signal });
      if (stop.signal.aborted || winner !== undefined) close(conn);
      else winner = conn;
    } catch (error) {
      if (!stop.signal.aborted) failures.push(error);
    } finally {
      running.delete(stop);
    }
  }

  function stopAll(): void {
    for (const stop of running.keys()) stop.abort();
  }

  const alarm = timer(timeout);
  signal?.addEventListener("abort", stopAll);
  try {
    const waiting = [...addresses];
    while (winner === undefined && (waiting.length > 0 || running.size > 0)) {
      const hostname = waiting.shift();
      if (hostname !== undefined) {
        const [oldest] = running;
        if (oldest !== undefined && running.size >= MAX_ATTEMPTS) {
          oldest[0].abort();
          await oldest[1];
          if (signal?.aborted) break;
        }
        const stop = new AbortController();
        running.set(stop, attempt(hostname, stop));
      }
      const delay = timer(waiting.length > 0 ? ATTEMPT_DELAY : timeout);
      await Promise.race([...running.values(), delay.elapsed, alarm.elapsed]);
      delay.cancel();
      if (alarm.fired || signal?.aborted) break;
    }
  } finally {
    alarm.cancel();
    signal?.removeEventListener("abort", stopAll);
    stopAll();
    await Promise.all(running.values());
  }
  if (signal?.aborted) {
    if (winner !== undefined) close(winner);
    throw signal.reason;
  }
  if (winner !== undefined) return winner;
  if (alarm.fired) {
    throw new ProxyError("connection_timeout", `No connection within ${timeout / 1000} s`);
  }
  const [cause] = failures;
  if (/^E[MN]FILE$/.test((cause as { code?: string } | undefined)?.code ?? "")) {
    throw new ProxyError("connection_limit", "The proxy has no file descriptor left", { cause });
  }
  const refused = cause instanceof Deno.errors.ConnectionRefused ||
    (cause as { code?: string } | undefined)?.code === "ECONNREFUSED";
  throw new ProxyError(
    refused ? "connection_refused" : "destination_unavailable",
    refused ? "The connection was refused" : "The address cannot be reached",
    { cause },
  );
}

interface Timer {
  readonly elapsed: Promise<void>;
  readonly fired: boolean;
  cancel(): void;
}

function timer(milliseconds: number): Timer {
  const { promise, resolve } = Promise.withResolvers<void>();
  let fired = false;
  const id = setTimeout(() => {
    fired = true;
    resolve();
  }, milliseconds);
  return {
    elapsed: promise,
    get fired() {
      return fired;
    },
    cancel: () => clearTimeout(id),
  };
}
