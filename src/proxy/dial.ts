import { ProxyError } from "../errors.ts";

/** RFC 8305 section 5: how long one address may keep the next one waiting, in milliseconds. */
const ATTEMPT_DELAY = 250;

/**
 * Connects to the first of several addresses that answers (RFC 8305, "Happy Eyeballs").
 *
 * @param addresses IP addresses in the order of preference.
 * @param timeout Milliseconds for all attempts together.
 * @throws {ProxyError} `connection_refused`, `connection_timeout`, `destination_unavailable`, or
 *   `connection_limit` if this process has no descriptor left.
 */
export async function dial(
  addresses: readonly string[],
  { port, timeout }: { port: number; timeout: number },
): Promise<Deno.TcpConn> {
  const failures: unknown[] = [];
  const running = new Set<Promise<Deno.TcpConn | undefined>>();
  let winner: Deno.TcpConn | undefined;
  let over = false;

  async function attempt(hostname: string): Promise<Deno.TcpConn | undefined> {
    try {
      const conn = await Deno.connect({ hostname, port });
      if (over || winner !== undefined) {
        conn.close();
        return undefined;
      }
      winner = conn;
      return conn;
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  }

  const alarm = timer(timeout);
  try {
    const waiting = [...addresses];
    while (winner === undefined && (waiting.length > 0 || running.size > 0)) {
      const hostname = waiting.shift();
      if (hostname !== undefined) {
        const started = attempt(hostname).finally(() => running.delete(started));
        running.add(started);
      }
      const delay = timer(waiting.length > 0 ? ATTEMPT_DELAY : timeout);
      await Promise.race([...running, delay.elapsed, alarm.elapsed]);
      delay.cancel();
      if (alarm.fired) break;
    }
  } finally {
    over = true;
    alarm.cancel();
  }
  if (winner !== undefined) return winner;
  if (alarm.fired) {
    throw new ProxyError("connection_timeout", `No connection within ${timeout / 1000} s`);
  }
  const [cause] = failures;
  if (/^E[MN]FILE$/.test((cause as { code?: string } | undefined)?.code ?? "")) {
    throw new ProxyError("connection_limit", "The proxy has no file descriptor left", { cause });
  }
  const refused = cause instanceof Deno.errors.ConnectionRefused;
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
