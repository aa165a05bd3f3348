/**
 * Calls that the proxy refuses: each ends with a status that says so.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { statusOf, unary } from "./calls.mjs";
import { fromJson } from "./service.mjs";

export const refusalCases = {
  "a call that the egress policy denies": async (lab) => {
    await assertRefused(lab, {
      code: lab.grpc.status.PERMISSION_DENIED,
      details: /^auth-proxy: grpc\.lab\.example:443 is refused: egress\.deny\[0\]/,
    });
  },

  "a stream that the egress policy denies": async ({ client, grpc }) => {
    const call = client.Chat();
    const ended = statusOf(call);
    call.write(Buffer.from("ping"));
    call.on("data", () => {});
    const { code, details } = await ended;
    assert.equal(code, grpc.status.PERMISSION_DENIED);
    assert.match(details, /^auth-proxy: .*egress\.deny\[1\]/);
  },

  "a call on the connection on which another has been refused": async (lab) => {
    await assert.rejects(unary(lab, "Echo", Buffer.from("x")));
    await assert.rejects(unary(lab, "Fail", fromJson({ code: 5, details: "from the server" })), {
      code: lab.grpc.status.NOT_FOUND,
      details: "from the server",
    });
  },

  "a call whose credential is missing": async (lab) => {
    await assertRefused(lab, {
      code: lab.grpc.status.UNAVAILABLE,
      details: /^auth-proxy: .*MISSING_TOKEN/,
    });
  },

  "a call to a service that is not there": async (lab) => {
    await assertRefused(lab, {
      code: lab.grpc.status.UNAVAILABLE,
      details: /^auth-proxy: /,
    });
  },
};

async function assertRefused(lab, expected) {
  await assert.rejects(unary(lab, "Echo", Buffer.from("x")), (error) => {
    assert.equal(error.code, expected.code, error.details);
    assert.match(error.details, expected.details);
    return true;
  });
}
