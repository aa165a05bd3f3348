import assert from "node:assert/strict";
import { clientNetwork } from "../../src/wire/client_network.ts";

const networks: readonly (readonly [address: string, network: string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.2", "192.0.2.2"],
  ["126.255.255.255", "126.255.255.255"],
  ["127.0.0.0", "loopback"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.255", "loopback"],
  ["128.0.0.0", "128.0.0.0"],
  ["::1", "loopback"],
  ["::2", "::/64"],
  ["::ffff:127.9.0.1", "loopback"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::", "2001:db8:1:3::/64"],
  ["2001:db8:1:1:ffff:ffff:ffff:ffff", "2001:db8:1:1::/64"],
  ["fe80::1%eth0", "fe80::/64%eth0"],
  ["fe80::2%eth0", "fe80::/64%eth0"],
  ["fe80::1%eth1", "fe80::/64%eth1"],
  ["?", "?"],
  ["", ""],
];

for (const [address, network] of networks) {
  Deno.test(`clientNetwork() of ${JSON.stringify(address)} is ${network}`, () => {
    assert.equal(clientNetwork(address), network);
  });
}
