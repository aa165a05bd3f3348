import assert from "node:assert/strict";
import { AgentGate } from "../../src/proxy/agent_gate.ts";

const token = "s3cret:with-colon_AZ";
const gate = AgentGate.demanding(token);

function basic(pair: string, scheme = "Basic"): string {
  return `${scheme} ${btoa(pair)}`;
}

Deno.test("AgentGate.open() lets everyone through", () => {
  const open = AgentGate.open();
  assert.equal(open.demandsToken, false);
  for (const credentials of [undefined, "", "Basic !!!", basic("a:b")]) {
    assert.equal(open.admits(credentials), true);
  }
});

Deno.test("AgentGate.demanding() takes the token as Basic with any user name, or as Bearer", () => {
  assert.equal(gate.demandsToken, true);
  for (
    const credentials of [
      basic(`agent:${token}`),
      basic(`:${token}`),
      basic(`a b@c:${token}`),
      basic(`agent:${token}`, "basic"),
      basic(`agent:${token}`, "BASIC"),
      basic(`agent:${token}`, "Basic  "),
      `Bearer ${token}`,
      `bearer   ${token}`,
    ]
  ) assert.equal(gate.admits(credentials), true, credentials);
});

Deno.test("AgentGate.demanding() refuses everything else", () => {
  for (
    const credentials of [
      undefined,
      "",
      token,
      "Basic",
      "Basic ",
      "Bearer",
      "Bearer ",
      basic(token.replace(":", "")),
      basic(""),
      basic(":"),
      basic("agent:"),
      basic(`${token}:`),
      basic(`${token}:x`),
      basic(`agent:${token}x`),
      basic(`agent:x${token}`),
      basic(`agent:${token.slice(0, -1)}`),
      basic(`agent:${token.toUpperCase()}`),
      basic(`agent:${token} `),
      basic(`agent:${token}\n`),
      basic(`agent:${token}\0`),
      `Basic agent:${token}`,
      `Basic ${btoa(`agent:${token}`)} x`,
      `Basic\t${btoa(`agent:${token}`)}`,
      ` ${basic(`agent:${token}`)}`,
      "Basic !!!!",
      "Basic =",
      `Digest ${btoa(`agent:${token}`)}`,
      `Bearer ${btoa(`agent:${token}`)}`,
      `Bearer ${token} `,
      `Bearer ${token}x`,
      `Bearer, ${token}`,
      `Token ${token}`,
    ]
  ) assert.equal(gate.admits(credentials), false, JSON.stringify(credentials));
});

Deno.test("AgentGate does not hold its token where a log or an inspection would show it", () => {
  const secret = AgentGate.demanding("do-not-show");
  assert.equal(Deno.inspect(secret, { showHidden: true }).includes("do-not-show"), false);
  assert.equal(JSON.stringify(secret).includes("do-not-show"), false);
});
