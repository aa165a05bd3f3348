import type { Handler } from "./upstream.ts";
import { writeChunk } from "./upstream_scripts.ts";

/**
 * A stand-in for the Messages API that streams `words` as one answer, a server-sent event for each, and
 * has nothing else (404).
 */
export function messagesApi(words: readonly string[]): Handler {
  return async (exchange) => {
    if (exchange.request.path !== "/v1/messages") return await exchange.respond({ status: 404 });
    await exchange.discardBody();
    await exchange.writeHead(200, {
      "Content-Type": "text/event-stream",
      "Transfer-Encoding": "chunked",
    });
    for (const event of eventsOf(words)) {
      await writeChunk(exchange, `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    await exchange.write("0\r\n\r\n");
  };
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming, "Event types". */
interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

function eventsOf(words: readonly string[]): StreamEvent[] {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-test",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...words.map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: words.length },
    },
    { type: "message_stop" },
  ];
}
