import assert from "node:assert/strict";
import { OwnListeners } from "../../src/proxy/own_listeners.ts";

const port = 18080;

function listeners(): OwnListeners {
  const own = new OwnListeners();
  own.add(port);
  own.add(18081);
  return own;
}

Deno.test("OwnListeners.includes() knows our ports by every spelling of this machine", () => {
  const own = listeners();
  for (
    const address of [
      "127.0.0.1",
      "127.1.2.3",
      "127.255.255.255",
      "0.0.0.0",
      "::",
      "::1",
      "0:0:0:0:0:0:0:1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "::FFFF:7F01:203",
      "::ffff:0.0.0.0",
      "64:ff9b::7f00:1",
      "::127.0.0.1",
    ]
  ) {
    assert.equal(own.includes(address, port), true, address);
    assert.equal(own.includes(address, 18081), true, address);
    assert.equal(own.includes(address, port + 2), false, address);
  }
});

Deno.test("OwnListeners.includes() knows the addresses of every interface", () => {
  const own = listeners();
  const interfaces = Deno.networkInterfaces();
  assert.ok(interfaces.length > 0);
  for (const { address, family } of interfaces) {
    const bare = address.split("%")[0] ?? "";
    assert.equal(own.includes(bare, port), true, bare);
    assert.equal(own.includes(bare, port + 2), false, bare);
    if (family === "IPv4") {
      const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
      const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(":");
      for (const spelling of [`::ffff:${address}`, `::ffff:${hex}`, `::FFFF:${hex}`]) {
        assert.equal(own.includes(spelling, port), true, spelling);
      }
    } else {
      assert.equal(own.includes(bare.toUpperCase(), port), true, bare);
    }
  }
});

Deno.test("OwnListeners.includes() does not take other machines for this one", () => {
  const own = listeners();
  for (
    const address of [
      "1.1.1.1",
      "126.255.255.255",
      "192.0.2.1",
      "2606:4700::1111",
      "::ffff:1.1.1.1",
    ]
  ) {
    assert.equal(own.includes(address, port), false, address);
  }
  assert.equal(new OwnListeners().includes("127.0.0.1", port), false);
});

Deno.test("OwnListeners.includes() takes an address with a zone", () => {
  const own = new OwnListeners();
  own.add(5);
  assert.equal(own.includes("fe80::1%eth0", 5), false);
  assert.equal(own.includes("::1%lo", 5), true);
});
