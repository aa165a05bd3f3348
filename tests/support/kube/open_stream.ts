import type { UpstreamExchange } from "../upstream_exchange.ts";
import { writeChunk } from "../upstream_scripts.ts";

/** A response whose end is not known when it begins. */
export interface OpenStream {
  write(text: string): Promise<void>;
  end(): Promise<void>;
}

/** Begins one: in chunks, as the stub speaks HTTP/1.1. The only place that would know of HTTP/2. */
export async function openStream(exchange: UpstreamExchange, type: string): Promise<OpenStream> {
  await exchange.writeHead(200, { "Content-Type": type, "Transfer-Encoding": "chunked" });
  return {
    write: (text) => writeChunk(exchange, text),
    end: () => exchange.write("0\r\n\r\n"),
  };
}
