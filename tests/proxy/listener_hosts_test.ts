import assert from "node:assert/strict";
import { listenerHosts } from "../../src/proxy/listener_hosts.ts";

const usual = ["localhost", "127.0.0.1", "::1", "host.docker.internal"];

Deno.test("listenerHosts() names the usual, the machine and the address, each once", () => {
  for (const hostname of ["127.0.0.1", "192.0.2.7", "2001:db8::7", "proxy.example.com"]) {
    const hosts = listenerHosts(hostname);
    for (const host of [...usual, hostname]) assert.ok(hosts.includes(host), host);
    assert.equal(new Set(hosts).size, hosts.length);
    assert.equal(hosts[0], "localhost");
  }
  assert.ok(listenerHosts("127.0.0.1").includes(Deno.hostname().toLowerCase()));
});

Deno.test("listenerHosts() names every address of the machine for a wildcard, and not the wildcard", () => {
  const addresses = Deno.networkInterfaces().filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
  for (const wildcard of ["0.0.0.0", "::"]) {
    const hosts = listenerHosts(wildcard);
    for (const address of addresses) assert.ok(hosts.includes(address), address);
    assert.equal(hosts.includes(wildcard), false);
  }
});
