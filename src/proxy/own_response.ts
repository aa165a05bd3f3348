import { encodeLatin1 } from "../wire/octets.ts";

/** Something that the proxy answers with by itself. */
export interface OwnContent {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Writes a document as JSON, for people to read too. */
export function jsonContent(document: unknown): OwnContent {
  const text = JSON.stringify(document, null, 2) + "\n";
  return { contentType: "application/json", body: new TextEncoder().encode(text) };
}

/**
 * Writes a response of the proxy's own, which `Proxy-Status` (RFC 9209) tells from a service's.
 *
 * @param options `method` is the request's: HEAD has no body.
 */
export function ownResponse(
  { contentType, body }: OwnContent,
  { method, connection }: { method: string; connection: "keep" | "close" },
): Uint8Array {
  const head = encodeLatin1(
    [
      "HTTP/1.1 200 OK",
      `Content-Type: ${contentType}`,
      `Content-Length: ${body.length}`,
      "Cache-Control: no-store",
      "X-Content-Type-Options: nosniff",
      'Proxy-Status: auth-proxy; details="answered by the proxy itself"',
      ...(connection === "close" ? ["Connection: close"] : []),
    ].join("\r\n") + "\r\n\r\n",
  );
  if (method === "HEAD") return head;
  const response = new Uint8Array(head.length + body.length);
  response.set(head);
  response.set(body, head.length);
  return response;
}
