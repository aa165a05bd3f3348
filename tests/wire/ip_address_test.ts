import assert from "node:assert/strict";
import { isIP } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  type AddressClass,
  carriedAddresses,
  cidrContains,
  classifyAddress,
  formatCidr,
  parseCidr,
  parseIpLiteral,
} from "../../src/wire/ip_address.ts";
import { WireError } from "../../src/wire/wire_error.ts";

Deno.test("parseIpLiteral() gives the canonical spelling", () => {
  const table: [string, 4 | 6, string][] = [
    ["0.0.0.0", 4, "0.0.0.0"],
    ["255.255.255.255", 4, "255.255.255.255"],
    ["::", 6, "::"],
    ["0:0:0:0:0:0:0:0", 6, "::"],
    ["::1", 6, "::1"],
    ["0000:0000:0000:0000:0000:0000:0000:0001", 6, "::1"],
    ["1::", 6, "1::"],
    // RFC 5952 section 4: its own cases.
    ["2001:DB8::AAAA", 6, "2001:db8::aaaa"],
    ["2001:0db8::0001", 6, "2001:db8::1"],
    ["2001:db8:0:0:0:0:2:1", 6, "2001:db8::2:1"],
    ["2001:db8::1:1:1:1:1", 6, "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", 6, "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", 6, "2001:db8::1:0:0:1"],
    // "::" may stand for a single group, and is not written for one.
    ["1:2:3:4:5:6:7::", 6, "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", 6, "0:2:3:4:5:6:7:8"],
    ["1:2:3::5:6:7:8", 6, "1:2:3:0:5:6:7:8"],
    ["1:2:3:4:5:6:7:8", 6, "1:2:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", 6, "::ffff:1.2.3.4"],
    ["::FFFF:0102:0304", 6, "::ffff:1.2.3.4"],
    ["0000:0000:0000:0000:0000:ffff:255.255.255.255", 6, "::ffff:255.255.255.255"],
    ["::1.2.3.4", 6, "::102:304"],
    ["64:ff9b::1.2.3.4", 6, "64:ff9b::102:304"],
    ["1:2:3:4:5:6:1.2.3.4", 6, "1:2:3:4:5:6:102:304"],
    ["1::6:1.2.3.4", 6, "1::6:102:304"],
  ];
  for (const [text, version, canonical] of table) {
    assert.deepEqual(parseIpLiteral(text), { version, text: canonical }, text);
  }
});

Deno.test("parseIpLiteral() takes no other spelling", () => {
  const table = [
    ..."|.|1|1.2|1.2.3|1.2.3.|.1.2.3|1.2.3.4.|1.2.3.4.5|1..3.4|256.1.1.1|1.1.1.256".split("|"),
    ..."01.2.3.4|1.2.3.04|00.0.0.0|0x1.2.3.4|+1.2.3.4|-1.2.3.4|1.2.3.4 | 1.2.3.4".split("|"),
    ..."1.2.3.1e1|1.2.3.4/32|1,2,3,4|2130706433|1.2.3.٤|1.2.3.4\n|1.2.3.4\0|1000.1.1.1".split("|"),
    ...":|:::|::::|1|1:|:1|1:2:3:4:5:6:7|1:2:3:4:5:6:7:|:2:3:4:5:6:7:8".split("|"),
    ..."1:2:3:4:5:6:7:8:9|1:2:3:4::5:6:7:8|1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8".split("|"),
    ..."1::2::3|1:::2|::00001|::12345|::g|[::1]|::1%eth0|::1%25eth0|::1%|::1/128".split("|"),
    ..."::1.2.3|::1.2.3.4.5|::01.2.3.4|::1.2.3.256|1.2.3.4::|1.2.3.4::1|::1.2.3.4:1".split("|"),
    ..."1:2:3:4:5:6:7:1.2.3.4|1:2:3:4:5:1.2.3.4|1::2:3:4:5:6:1.2.3.4| ::1|::1 |::1\n|::-1".split(
      "|",
    ),
    "0000:0000:0000:0000:0000:ffff:0255.255.255.255",
    "1".repeat(100),
    ":".repeat(100),
  ];
  for (const text of table) assert.equal(parseIpLiteral(text), undefined, JSON.stringify(text));
});

/** Each block with the addresses just inside and just outside its boundaries. */
Deno.test("classifyAddress() knows every block to its boundaries", () => {
  const table: [AddressClass, string][] = [
    ["unspecified", "0.0.0.0"],
    ["reserved", "0.0.0.1 0.255.255.255"],
    ["global", "1.0.0.0 8.8.8.8 9.255.255.255"],
    ["private", "10.0.0.0 10.255.255.255"],
    ["global", "11.0.0.0 100.63.255.255"],
    ["carrier_grade_nat", "100.64.0.0 100.100.100.199 100.100.100.201 100.127.255.255"],
    ["metadata", "100.100.100.200"],
    ["global", "100.128.0.0 126.255.255.255"],
    ["loopback", "127.0.0.0 127.0.0.1 127.255.255.255"],
    ["global", "128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255"],
    ["metadata", "168.63.129.16"],
    ["link_local", "169.254.0.0 169.254.0.22 169.254.0.24 169.254.42.41 169.254.42.43"],
    ["link_local", "169.254.169.253 169.254.169.255 169.254.170.1 169.254.170.3"],
    ["link_local", "169.254.170.22 169.254.170.24 169.254.255.255"],
    ["metadata", "169.254.169.254 169.254.170.2 169.254.170.23 169.254.42.42 169.254.0.23"],
    ["global", "169.255.0.0 172.15.255.255"],
    ["private", "172.16.0.0 172.31.255.255"],
    ["global", "172.32.0.0 191.255.255.255"],
    ["reserved", "192.0.0.0 192.0.0.191 192.0.0.193 192.0.0.255"],
    ["metadata", "192.0.0.192"],
    ["global", "192.0.1.0 192.0.1.255"],
    ["reserved", "192.0.2.0 192.0.2.255"],
    ["global", "192.0.3.0 192.31.195.255"],
    ["reserved", "192.31.196.0 192.31.196.255"],
    ["global", "192.31.197.0 192.52.192.255"],
    ["reserved", "192.52.193.0 192.52.193.255"],
    ["global", "192.52.194.0 192.88.98.255"],
    ["reserved", "192.88.99.0 192.88.99.255"],
    ["global", "192.88.100.0 192.167.255.255"],
    ["private", "192.168.0.0 192.168.255.255"],
    ["global", "192.169.0.0 192.175.47.255"],
    ["reserved", "192.175.48.0 192.175.48.255"],
    ["global", "192.175.49.0 198.17.255.255"],
    ["reserved", "198.18.0.0 198.19.255.255"],
    ["global", "198.20.0.0 198.51.99.255"],
    ["reserved", "198.51.100.0 198.51.100.255"],
    ["global", "198.51.101.0 203.0.112.255"],
    ["reserved", "203.0.113.0 203.0.113.255"],
    ["global", "203.0.114.0 223.255.255.255"],
    ["multicast", "224.0.0.0 239.255.255.255"],
    ["reserved", "240.0.0.0 255.255.255.254"],
    ["broadcast", "255.255.255.255"],

    ["unspecified", "::"],
    ["loopback", "::1"],
    ["reserved", "::2 ::ffff:ffff:ffff:ffff 64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["reserved", "64:ff9b::1:0:0 64:ff9b:1::808:808 64:ff9b:1:ffff:ffff:ffff:808:808 64:ff9b:2::"],
    ["reserved", "100:: 100::ffff:ffff:ffff:ffff 100:0:0:1::1 1fff:ffff::"],
    [
      "reserved",
      "2001:0:808:808::f7f7:f7f7 2001:1:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:2::1 2001:10::1 2001:20::1",
    ],
    ["global", "2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:200::"],
    ["global", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9::"],
    ["reserved", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["global", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2003::"],
    ["reserved", "2620:4f:8000:: 2620:4f:8000:ffff:ffff:ffff:ffff:ffff"],
    ["global", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff 2620:4f:8001:: 2606:4700:4700::1111"],
    ["reserved", "3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["global", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:1000::"],
    ["global", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["reserved", "4000:: 5f00:: 8000:: fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["private", "fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["metadata", "fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42"],
    ["metadata", "fd00:a9fe:a9fe::1 fd00:100::100:200 fe80::a9fe:a9fe"],
    ["private", "fd00:ec2::253 fd00:ec2::255 fd00:ec2::22 fd00:ec2::24 fd20:ce::253 fd20:ce::255"],
    ["reserved", "fe00:: fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["link_local", "fe80:: fe80::a9fe:a9fd fe80::1 febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["private", "fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["multicast", "ff00:: ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ];
  for (const [expected, addresses] of table) {
    for (const address of addresses.split(" ")) {
      assert.equal(classifyAddress(address), expected, address);
    }
  }
});

/** Every way in which an IPv6 address can carry an IPv4 one, given as two groups. */
const carriers: readonly {
  name: string;
  wrap: (ipv4: string) => string;
  ifGlobal: AddressClass;
}[] = [
  { name: "IPv4-mapped", wrap: (ipv4) => `::ffff:${ipv4}`, ifGlobal: "global" },
  { name: "IPv4-mapped, hexadecimal", wrap: (v4) => `::ffff:${groups(v4)}`, ifGlobal: "global" },
  { name: "IPv4-compatible", wrap: (ipv4) => `::${ipv4}`, ifGlobal: "reserved" },
  { name: "SIIT", wrap: (ipv4) => `::ffff:0:${ipv4}`, ifGlobal: "reserved" },
  { name: "NAT64", wrap: (ipv4) => `64:ff9b::${ipv4}`, ifGlobal: "global" },
  { name: "local NAT64", wrap: (ipv4) => `64:ff9b:1::${ipv4}`, ifGlobal: "reserved" },
  { name: "6to4", wrap: (ipv4) => `2002:${groups(ipv4)}::1`, ifGlobal: "reserved" },
  {
    name: "Teredo server",
    wrap: (ipv4) => `2001:0:${groups(ipv4)}:0:0:${groups("247.247.247.247")}`,
    ifGlobal: "reserved",
  },
  {
    name: "Teredo client",
    wrap: (ipv4) => {
      const inverted = ipv4.split(".").map((octet) => 255 - Number(octet)).join(".");
      return `2001:0:808:808::${groups(inverted)}`;
    },
    ifGlobal: "reserved",
  },
  { name: "ISATAP", wrap: (ipv4) => `2606::5efe:${ipv4}`, ifGlobal: "global" },
  { name: "ISATAP, global", wrap: (v4) => `2606::200:5efe:${groups(v4)}`, ifGlobal: "global" },
];

function groups(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

const ipv4Address = fc.oneof(
  fc.ipV4(),
  fc.constantFrom(
    ..."0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 169.254.169.254 169.254.1.1".split(
      " ",
    ),
    ..."172.16.0.1 192.168.0.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 8.8.8.8".split(" "),
  ),
);

Deno.test("classifyAddress() judges an IPv6 address by the IPv4 address that it carries", () => {
  for (const { name, wrap, ifGlobal } of carriers) {
    assert.equal(classifyAddress(wrap("8.8.8.8")), ifGlobal, name);
    for (const ipv4 of ["127.0.0.1", "10.1.2.3", "169.254.169.254", "168.63.129.16", "0.1.2.3"]) {
      assert.equal(classifyAddress(wrap(ipv4)), classifyAddress(ipv4), `${name} ${ipv4}`);
    }
  }
  // Just beside ISATAP's interface identifiers.
  for (const beside of ["2606::5eff:7f00:1", "2606::1:5efe:7f00:1", "2606::100:5efe:7f00:1"]) {
    assert.equal(classifyAddress(beside), "global", beside);
  }
});

Deno.test("carriedAddresses() finds the IPv4 address in every carrier, and in nothing else", () => {
  for (const { name, wrap } of carriers) {
    assert.ok(carriedAddresses(wrap("203.0.113.9")).includes("203.0.113.9"), name);
  }
  for (const text of ["203.0.113.9", "2606:4700::cb00:7109", "fd00::cb00:7109", "2606::5eff:1:1"]) {
    assert.deepEqual(carriedAddresses(text), [], text);
  }
  assert.throws(() => carriedAddresses("fe80::1%eth0"), WireError);
});

Deno.test("classifyAddress() never calls a carrier global whose IPv4 address is not", () => {
  fc.assert(
    fc.property(ipv4Address, fc.constantFrom(...carriers), (ipv4, { wrap, ifGlobal }) => {
      const expected = classifyAddress(ipv4);
      const found = classifyAddress(wrap(ipv4));
      // ::0.0.0.0 and ::0.0.0.1 are :: and ::1.
      if (wrap(ipv4) === "::0.0.0.1") assert.equal(found, "loopback");
      else assert.equal(found, expected === "global" ? ifGlobal : expected, wrap(ipv4));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("classifyAddress() calls nothing global that ipaddr.js does not call unicast", () => {
  // What ipaddr.js calls by another name and we judge by the carried address.
  const carrying = ["ipv4Mapped", "rfc6052"];
  fc.assert(
    fc.property(fc.oneof(ipv4Address, fc.ipV6()), (text) => {
      const literal = parseIpLiteral(text);
      if (literal === undefined || classifyAddress(text) !== "global") return;
      const range = ipaddr.parse(literal.text).range();
      assert.ok(range === "unicast" || carrying.includes(range), `${text}: ${range}`);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("classifyAddress() throws WireError for what is no IP address", () => {
  for (const text of ["", "localhost", "127.1", "[::1]", "fe80::1%eth0", "0x7f.0.0.1", "::1/128"]) {
    assert.throws(() => classifyAddress(text), (error) => {
      assert.ok(error instanceof WireError);
      assert.match(error.message, /^Cannot read address ".*": it is no IP address$/);
      return true;
    });
  }
});

Deno.test("parseCidr() and formatCidr() take blocks and single addresses", () => {
  const table: [string, 4 | 6, string, number, string][] = [
    ["10.0.0.0/8", 4, "10.0.0.0", 8, "10.0.0.0/8"],
    ["0.0.0.0/0", 4, "0.0.0.0", 0, "0.0.0.0/0"],
    ["10.1.2.3", 4, "10.1.2.3", 32, "10.1.2.3/32"],
    ["10.1.2.3/32", 4, "10.1.2.3", 32, "10.1.2.3/32"],
    ["10.1.2.2/31", 4, "10.1.2.2", 31, "10.1.2.2/31"],
    ["172.16.0.0/12", 4, "172.16.0.0", 12, "172.16.0.0/12"],
    ["::/0", 6, "::", 0, "::/0"],
    ["FD00::/8", 6, "fd00::", 8, "fd00::/8"],
    ["::1", 6, "::1", 128, "::1/128"],
    ["2001:db8::/33", 6, "2001:db8::", 33, "2001:db8::/33"],
    ["::ffff:10.0.0.0/104", 4, "10.0.0.0", 8, "10.0.0.0/8"],
    ["::ffff:0:0/96", 4, "0.0.0.0", 0, "0.0.0.0/0"],
    ["::ffff:10.0.0.1", 4, "10.0.0.1", 32, "10.0.0.1/32"],
    ["::fffe:0:0/95", 6, "::fffe:0:0", 95, "::fffe:0:0/95"],
  ];
  for (const [text, version, network, prefixLength, formatted] of table) {
    const cidr = parseCidr(text);
    assert.deepEqual(cidr, { version, network, prefixLength }, text);
    assert.equal(formatCidr(cidr), formatted);
    assert.deepEqual(parseCidr(formatted), cidr);
  }
});

Deno.test("parseCidr() refuses host bits, odd lengths and what is no address", () => {
  const ipv4 = /the prefix length must be 0 to 32$/;
  const ipv6 = /the prefix length must be 0 to 128$/;
  const none = /no IP address stands before the prefix length$/;
  const table: [string, RegExp][] = [
    ["10.0.0.1/8", /host bits are set, the block is 10\.0\.0\.0\/8$/],
    ["10.0.0.1/31", /host bits are set, the block is 10\.0\.0\.0\/31$/],
    ["128.0.0.0/0", /host bits are set, the block is 0\.0\.0\.0\/0$/],
    ["2001:db8::1/127", /host bits are set, the block is 2001:db8::\/127$/],
    ["2001:db8::/28", /host bits are set, the block is 2001:db0::\/28$/],
    ["10.0.0.0/33", ipv4],
    ["10.0.0.0/-1", ipv4],
    ["10.0.0.0/08", ipv4],
    ["10.0.0.0/+8", ipv4],
    ["10.0.0.0/8 ", ipv4],
    ["10.0.0.0/", ipv4],
    ["10.0.0.0/8/8", ipv4],
    ["10.0.0.0/255.0.0.0", ipv4],
    ["fd00::/129", ipv6],
    ["fd00::/1280", ipv6],
    ["fd00::/", ipv6],
    ["", none],
    ["/8", none],
    ["10/8", none],
    ["10.0.0/8", none],
    ["[fd00::]/8", none],
    ["fe80::%eth0/10", none],
    ["example.com", none],
  ];
  for (const [text, message] of table) {
    assert.throws(() => parseCidr(text), (error) => {
      assert.ok(error instanceof WireError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("cidrContains() holds to the boundaries and sees through IPv4-mapped addresses", () => {
  const table: [string, string, string][] = [
    [
      "10.0.0.0/8",
      "10.0.0.0 10.255.255.255 ::ffff:10.1.2.3",
      "9.255.255.255 11.0.0.0 ::ffff:9.0.0.0",
    ],
    ["10.0.0.4/30", "10.0.0.4 10.0.0.7", "10.0.0.3 10.0.0.8"],
    ["10.0.0.4", "10.0.0.4 ::ffff:a00:4", "10.0.0.3 10.0.0.5 ::a00:4"],
    ["::ffff:10.0.0.0/104", "10.1.2.3 ::ffff:10.1.2.3", "11.0.0.0"],
    ["0.0.0.0/0", "0.0.0.0 255.255.255.255 ::ffff:8.8.8.8", ":: ::8.8.8.8 64:ff9b::8.8.8.8"],
    ["::/0", ":: ffff:: ::8.8.8.8", "0.0.0.0 8.8.8.8 ::ffff:8.8.8.8"],
    ["fd00::/8", "fd00:: fdff:ffff::", "fcff:ffff:: fe00:: 253.0.0.0"],
    ["2001:db8:0:8000::/49", "2001:db8:0:8000:: 2001:db8:0:ffff::1", "2001:db8:0:7fff::1"],
    ["::1", "::1", ":: ::2 127.0.0.1"],
  ];
  for (const [block, inside, outside] of table) {
    const cidr = parseCidr(block);
    for (const ip of inside.split(" ")) assert.ok(cidrContains(cidr, ip), `${ip} in ${block}`);
    for (const ip of outside.split(" ")) {
      assert.ok(!cidrContains(cidr, ip), `${ip} not in ${block}`);
    }
  }
  assert.throws(() => cidrContains(parseCidr("::/0"), "fe80::1%eth0"), WireError);
});

Deno.test("cidrContains() agrees with integer arithmetic", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const quad = fc.tuple(octet, octet, octet, octet);
  fc.assert(
    fc.property(quad, quad, fc.integer({ min: 0, max: 32 }), (base, other, length) => {
      const block = 2 ** (32 - length);
      const number = (octets: number[]) => octets.reduce((sum, value) => sum * 256 + value, 0);
      const start = Math.floor(number(base) / block) * block;
      const network = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".");
      const cidr = parseCidr(`${network}/${length}`);
      assert.ok(cidrContains(cidr, base.join(".")));
      const expected = number(other) >= start && number(other) < start + block;
      assert.equal(cidrContains(cidr, other.join(".")), expected);
    }),
    { numRuns: 2000 },
  );
});

const addressish = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."0129afF:::..%/x "), maxLength: 24 }),
  fc.ipV6(),
  fc.ipV4(),
);

Deno.test("parseIpLiteral() accepts what node:net accepts, but for zone ids", () => {
  fc.assert(
    fc.property(addressish, (text) => {
      const expected = text.includes("%") ? 0 : isIP(text);
      assert.equal(parseIpLiteral(text)?.version ?? 0, expected, text);
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("parseIpLiteral() writes IPv6 as ipaddr.js and the URL parser do, and reads it back", () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((group) => group.toString(16)).join(":");
      const text = parseIpLiteral(long)?.text;
      assert.ok(text !== undefined);
      assert.equal(parseIpLiteral(text)?.text, text);
      if (text.startsWith("::ffff:") && text.includes(".")) return;
      assert.equal(text, ipaddr.IPv6.parse(long).toRFC5952String());
      assert.equal(`[${text}]`, new URL(`http://[${long}]/`).hostname);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseCidr(), cidrContains() and classifyAddress() throw nothing but WireError", () => {
  fc.assert(
    fc.property(fc.oneof(addressish, fc.string({ unit: "binary" })), (text) => {
      for (const run of [parseCidr, classifyAddress, inEverything]) {
        try {
          run(text);
        } catch (error) {
          assert.ok(error instanceof WireError, `${text}: ${error}`);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

function inEverything(text: string): boolean {
  return cidrContains({ version: 6, network: "::", prefixLength: 0 }, text);
}
