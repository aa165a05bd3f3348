import assert from "node:assert/strict";
import { ReceiveWindow, WindowReserve } from "../../../src/proxy/http2/receive_window.ts";
import { errorCodes, StreamError } from "../../../src/wire/http2/http2_error.ts";

const initial = 64 * 1024;

function isFlowControlError(error: unknown): boolean {
  return error instanceof StreamError && error.code === errorCodes.flow_control_error;
}

Deno.test("ReceiveWindow takes what it is open for, and not an octet more (RFC 9113 section 6.9.1)", () => {
  const window = new ReceiveWindow({ initial, reserve: new WindowReserve(0) });
  window.receive(initial);
  assert.throws(() => window.receive(1), isFlowControlError);
});

Deno.test("ReceiveWindow opens by what has been read, once that is half of it", () => {
  const window = new ReceiveWindow({ initial, reserve: new WindowReserve(0) });
  window.receive(initial);
  assert.equal(window.consume(initial / 2 - 1), 0);
  assert.equal(window.consume(1), initial / 2);
  window.receive(initial / 2);
  assert.throws(() => window.receive(1), isFlowControlError);
});

Deno.test("ReceiveWindow grows for a reader that keeps up, as far as the reserve and 4 MiB go", () => {
  const reserve = new WindowReserve(16 * 1024 * 1024);
  const window = new ReceiveWindow({ initial, reserve });
  let open = initial;
  for (let round = 0; round < 100; round++) {
    window.receive(open);
    open = window.consume(open);
  }
  assert.equal(open, 4 * 1024 * 1024);
  window.release();
  assert.equal(reserve.take(16 * 1024 * 1024), true);
});

Deno.test("ReceiveWindow does not grow for a reader that leaves octets unread", () => {
  const window = new ReceiveWindow({ initial, reserve: new WindowReserve(2 ** 30) });
  window.receive(initial);
  assert.equal(window.consume(initial / 2), initial / 2);
  window.receive(initial / 2);
  assert.equal(window.consume(initial / 2), initial / 2);
});

Deno.test("ReceiveWindow takes nothing from the reserve after it has been released, whatever is read", () => {
  const reserve = new WindowReserve(initial);
  const window = new ReceiveWindow({ initial, reserve });
  window.receive(initial);
  window.release();
  window.consume(initial);
  assert.equal(reserve.take(initial), true);
});

Deno.test("WindowReserve gives what it has, and takes it back", () => {
  const reserve = new WindowReserve(10);
  assert.equal(reserve.take(11), false);
  assert.equal(reserve.take(10), true);
  assert.equal(reserve.take(1), false);
  reserve.giveBack(10);
  assert.equal(reserve.take(10), true);
});
