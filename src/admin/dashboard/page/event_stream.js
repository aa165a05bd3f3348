/**
 * Server-sent events over fetch: an EventSource cannot send the token.
 *
 * @module
 */
import { takeEvents } from "./server_sent_events.js";
import { ask, SignedOut } from "./session.js";

/** The proxy sends something each second; without anything for so long, it is gone. Milliseconds. */
const silence = 10_000;
const longestPause = 10_000;

/**
 * Reads events until the signal ends it, and connects again whenever it must.
 *
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {() => void} options.onOpen Before the first event of each connection.
 * @param {(name: string, data: any) => void} options.onEvent
 * @param {(reason: string) => void} options.onLost It is tried again.
 * @throws {SignedOut}
 */
export async function followEvents({ signal, onOpen, onEvent, onLost }) {
  let pause = 1000;
  while (!signal.aborted) {
    try {
      await readOnce(signal, {
        onOpen: () => {
          pause = 1000;
          onOpen();
        },
        onEvent,
      });
      onLost("The proxy has ended the connection");
    } catch (error) {
      if (error instanceof SignedOut) throw error;
      if (!signal.aborted) onLost(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, longestPause);
  }
}

async function readOnce(signal, { onOpen, onEvent }) {
  const attempt = new AbortController();
  const giveUp = () => attempt.abort(new Error("The proxy does not answer"));
  let timer = setTimeout(giveUp, silence);
  const stop = () => attempt.abort();
  signal.addEventListener("abort", stop);
  try {
    const response = await ask("/admin/events", { signal: attempt.signal });
    onOpen();
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(giveUp, silence);
      rest = takeEvents(rest + value, onEvent);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    attempt.abort();
  }
}
