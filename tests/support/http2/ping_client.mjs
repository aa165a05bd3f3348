/**
 * An HTTP/2 client for Node that measures the way as gRPC's of Go does: while content arrives, it asks
 * with a PING, and again as soon as that is answered.
 *
 * Run: `node ping_client.mjs JSON`, with `{ port, host, ca, size }`. Prints how many octets came, and
 * how many PINGs were answered.
 *
 * @module
 */

import http2 from "node:http2";
import process from "node:process";
import tls from "node:tls";

const { port, host, ca, size } = JSON.parse(process.argv[2]);
const session = http2.connect(`https://${host}`, {
  createConnection: () =>
    tls.connect({ host: "127.0.0.1", port, servername: host, ca, ALPNProtocols: ["h2"] }),
});

let answered = 0;
let isAsking = false;
let octets = 0;
for await (const piece of session.request({ ":path": `/download/${size}` })) {
  octets += piece.length;
  if (isAsking) continue;
  isAsking = session.ping(() => {
    isAsking = false;
    answered++;
  });
}
console.log(JSON.stringify({ octets, answered }));
session.close();
