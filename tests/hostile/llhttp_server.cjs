/**
 * Node's HTTP server (llhttp, strict) as a witness: for each connection it prints one JSON line with
 * the requests that it read and the error that it met.
 *
 * Prints first `{"port": N}`. Runs until it is killed.
 */
"use strict";
const http = require("node:http");

function answer(request, response) {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    request.socket.witness.requests.push({
      method: request.method,
      target: request.url,
      body: Buffer.concat(pieces).toString("latin1"),
      rawHeaders: request.rawHeaders,
    });
    response.end("read");
  });
}

const server = http.createServer({
  insecureHTTPParser: false,
  maxHeaderSize: 256 * 1024,
  requireHostHeader: true,
  keepAliveTimeout: 0,
}, answer);
server.on("checkContinue", answer);
server.on("checkExpectation", answer);
server.on("upgrade", (request, socket) => {
  socket.witness.requests.push({ method: request.method, target: request.url, body: "" });
  socket.witness.error = "upgrade";
  socket.destroy();
});
server.on("connection", (socket) => {
  const { remotePort } = socket;
  socket.witness = { requests: [], error: null };
  socket.on("close", () => {
    process.stdout.write(`${JSON.stringify({ remotePort, ...socket.witness })}\n`);
  });
});
server.on("clientError", (error, socket) => {
  socket.witness.error = error.code ?? String(error);
  socket.destroy();
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
