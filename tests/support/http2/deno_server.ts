/**
 * The same answers as node_server.mjs, as far as Deno.serve has them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ServerCertificate } from "../test_pki.ts";

export function serveDeno(
  { cert, key }: ServerCertificate,
  authorization: string,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    async (request) => {
      if (request.headers.get("authorization") !== authorization) {
        return new Response(null, { status: 401 });
      }
      const [, name, size] = new URL(request.url).pathname.split("/");
      if (name === "small") return small(request);
      if (name === "download") return new Response(pattern(Number(size)));
      if (name === "upload") return Response.json(await measure(request));
      return new Response(null, { status: 404 });
    },
  );
}

function small(request: Request): Response {
  const headers = { etag: '"one"' };
  return request.headers.get("if-none-match") === '"one"'
    ? new Response(null, { status: 304, headers })
    : new Response('{"small":true}', { headers });
}

function pattern(size: number): ReadableStream<Uint8Array> {
  const block = new TextEncoder().encode("0123456789abcdef".repeat(4096));
  let left = size;
  return new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      const piece = block.slice(0, left);
      left -= piece.length;
      controller.enqueue(piece);
    },
  });
}

async function measure(request: Request): Promise<{ octets: number; sha256: string }> {
  const hash = createHash("sha256");
  let octets = 0;
  for await (const piece of request.body ?? []) {
    octets += piece.length;
    hash.update(piece);
  }
  return { octets, sha256: hash.digest("hex") };
}
