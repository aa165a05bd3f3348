import assert from "node:assert/strict";
import { decideAddress } from "../../src/policy/egress.ts";
import { parseCidr } from "../../src/wire/ip_address.ts";
import { WireError } from "../../src/wire/wire_error.ts";

Deno.test("decideAddress() refuses each class of address that is not public, and says which", () => {
  const table: [string, string][] = [
    ["127.0.0.1", "a loopback address"],
    ["127.255.255.255", "a loopback address"],
    ["::1", "a loopback address"],
    ["10.0.0.0", "a private address"],
    ["10.255.255.255", "a private address"],
    ["172.16.0.0", "a private address"],
    ["172.31.255.255", "a private address"],
    ["192.168.0.0", "a private address"],
    ["192.168.255.255", "a private address"],
    ["fc00::", "a private address"],
    ["fdff:ffff::1", "a private address"],
    ["fec0::1", "a private address"],
    ["100.64.0.0", "a carrier-grade NAT address"],
    ["100.127.255.255", "a carrier-grade NAT address"],
    ["169.254.0.1", "a link-local address"],
    ["169.254.255.255", "a link-local address"],
    ["fe80::1", "a link-local address"],
    ["febf::1", "a link-local address"],
    ["169.254.169.254", "a cloud metadata address"],
    ["100.100.100.200", "a cloud metadata address"],
    ["168.63.129.16", "a cloud metadata address"],
    ["fd00:ec2::254", "a cloud metadata address"],
    ["224.0.0.0", "a multicast address"],
    ["239.255.255.255", "a multicast address"],
    ["ff02::1", "a multicast address"],
    ["0.0.0.0", "the unspecified address"],
    ["::", "the unspecified address"],
    ["255.255.255.255", "the broadcast address"],
    ["0.0.0.1", "a reserved address"],
    ["192.0.2.1", "a reserved address"],
    ["240.0.0.1", "a reserved address"],
    ["2001:db8::1", "a reserved address"],
    // An address that carries another one is judged by that.
    ["::ffff:127.0.0.1", "a loopback address"],
    ["::ffff:169.254.169.254", "a cloud metadata address"],
    ["::ffff:10.0.0.1", "a private address"],
    ["64:ff9b::a00:1", "a private address"],
    ["2002:7f00:1::", "a loopback address"],
  ];
  for (const [address, what] of table) {
    assert.deepEqual(decideAddress(address, []), {
      allow: false,
      reason: `${address} is ${what}`,
    });
  }
});

Deno.test("decideAddress() lets public addresses pass, also those just outside a block", () => {
  for (
    const address of [
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.0",
      "168.63.129.15",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "192.167.255.255",
      "192.169.0.0",
      "223.255.255.255",
      "1.1.1.1",
      "2606:4700::1111",
      "::ffff:1.1.1.1",
    ]
  ) {
    assert.deepEqual(decideAddress(address, []), {
      allow: true,
      reason: `${address} is a public address`,
    });
  }
});

Deno.test("decideAddress() lets what --allow-private names pass, and nothing beside it", () => {
  const table: [string, string, boolean][] = [
    ["10.1.0.0/16", "10.1.0.0", true],
    ["10.1.0.0/16", "10.1.255.255", true],
    ["10.1.0.0/16", "10.0.255.255", false],
    ["10.1.0.0/16", "10.2.0.0", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.4", false],
    ["127.0.0.1/32", "::ffff:127.0.0.1", true],
    ["127.0.0.1/32", "::1", false],
    ["0.0.0.0/0", "fd00::1", false],
    ["::/0", "10.0.0.1", false],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "fc00::1", false],
    ["169.254.169.254/32", "169.254.169.254", true],
    ["169.254.169.254/32", "169.254.169.253", false],
  ];
  for (const [cidr, address, allow] of table) {
    const decision = decideAddress(address, [parseCidr("203.0.113.0/24"), parseCidr(cidr)]);
    assert.equal(decision.allow, allow, `${address} with --allow-private ${cidr}`);
    if (allow) assert.equal(decision.reason, `${address} is in a range of --allow-private`);
  }
});

Deno.test("decideAddress() throws on what is no address, rather than let it pass", () => {
  for (
    const text of ["", "localhost", "127.1", "0x7f.0.0.1", "[::1]", "fe80::1%eth0", "1.1.1.1 "]
  ) {
    assert.throws(() => decideAddress(text, [parseCidr("0.0.0.0/0")]), WireError, text);
  }
});
