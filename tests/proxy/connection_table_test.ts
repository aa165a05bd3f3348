import assert from "node:assert/strict";
import fc from "fast-check";
import { type AdmittedConnection, ConnectionTable } from "../../src/proxy/connection_table.ts";

const limits = { maxConnections: 5, maxConnectionsPerClient: 3 };

/** A table whose connections have names, and the names of those that it closed. */
function table(sizes = limits) {
  const connections = new ConnectionTable();
  const closed: string[] = [];
  function admit(client: string, name: string): AdmittedConnection {
    const admitted = tryAdmit(client, name);
    if (typeof admitted === "string") throw new Error(`${name} is refused: ${admitted}`);
    return admitted;
  }
  function tryAdmit(client: string, name: string) {
    return connections.admit({ client, close: () => closed.push(name) }, sizes);
  }
  return { connections, closed, admit, tryAdmit };
}

Deno.test("ConnectionTable closes the client's connection that has waited longest", () => {
  const { admit, closed, connections } = table();
  const first = admit("a", "first");
  admit("a", "second");
  admit("a", "third");
  first.work();
  first.wait();
  admit("b", "other");
  admit("a", "fourth");
  assert.deepEqual(closed, ["second"]);
  admit("a", "fifth");
  assert.deepEqual(closed, ["second", "third"]);
  admit("a", "sixth");
  assert.deepEqual(closed, ["second", "third", "first"]);
  assert.equal(connections.size, 4);
});

Deno.test("ConnectionTable keeps the place of a connection that is said to wait again", () => {
  const { admit, closed } = table();
  const first = admit("a", "first");
  admit("a", "second");
  admit("a", "third");
  first.wait();
  admit("a", "fourth");
  assert.deepEqual(closed, ["first"]);
  assert.equal(first.work(), false, "it is too late");
});

Deno.test("ConnectionTable closes none that is at work, and says whose limit it is", () => {
  const { admit, tryAdmit, closed } = table();
  for (const name of ["1", "2", "3"]) admit("a", name).work();
  assert.equal(tryAdmit("a", "4"), "client");
  for (const name of ["4", "5"]) admit("b", name).work();
  assert.equal(tryAdmit("c", "6"), "proxy");
  assert.equal(tryAdmit("a", "6"), "client");
  assert.deepEqual(closed, []);
});

Deno.test("ConnectionTable closes one of the client with the most of which one waits", () => {
  const { admit, closed } = table();
  for (const name of ["a1", "a2", "a3"]) admit("a", name).work();
  admit("b", "b1");
  admit("c", "c1");
  admit("d", "d1");
  assert.deepEqual(closed, ["b1"]);
  const again = table();
  again.admit("b", "b1");
  for (const name of ["a1", "a2", "a3"]) again.admit("a", name);
  again.admit("c", "c1");
  again.admit("d", "d1");
  again.admit("d", "d2");
  assert.deepEqual(again.closed, ["a1", "a2"], "the second time, two clients have two");
});

Deno.test("ConnectionTable counts a connection until it leaves, once", () => {
  const { admit, tryAdmit, connections } = table({ maxConnections: 1, maxConnectionsPerClient: 1 });
  const only = admit("a", "1");
  assert.equal(only.work(), true);
  assert.equal(only.work(), true);
  assert.equal(tryAdmit("a", "2"), "client");
  only.leave();
  only.leave();
  only.wait();
  assert.equal(only.work(), false);
  assert.equal(connections.size, 0);
  const next = admit("a", "2");
  assert.equal(connections.size, 1);
  next.leave();
});

Deno.test("ConnectionTable.setCeiling() closes waiting ones and holds until it is raised", () => {
  const { admit, tryAdmit, closed, connections } = table();
  for (const name of ["a1", "a2", "a3"]) admit("a", name);
  for (const name of ["b1", "b2"]) admit("b", name).work();
  connections.setCeiling(3);
  assert.deepEqual(closed, ["a1", "a2"]);
  connections.setCeiling(1);
  assert.deepEqual(closed, ["a1", "a2", "a3"]);
  assert.equal(tryAdmit("c", "c1"), "proxy");
  connections.setCeiling(Infinity);
  for (const name of ["c1", "c2", "c3"]) admit("c", name).work();
  assert.equal(tryAdmit("d", "d1"), "proxy", "the limit is as it was");
});

/** So many connections of which nothing is known may wait before they are the first to go. */
const share = 8;

Deno.test("ConnectionTable closes unproven connections first, once there are many of them", () => {
  const { admit, closed } = table({ maxConnections: 20, maxConnectionsPerClient: 20 });
  const honest = ["h1", "h2", "h3", "h4"].map((name) => admit("honest", name));
  for (const connection of honest) {
    connection.work();
    connection.prove();
    connection.wait();
  }
  // A flood, each from an address of its own.
  for (let index = 0; index < 100; index++) admit(`f${index}`, `f${index}`);
  assert.deepEqual(closed.slice(0, 3), ["f0", "f1", "f2"]);
  assert.deepEqual(closed.filter((name) => name.startsWith("h")), []);
  assert.equal(closed.length, 84);
});

Deno.test("ConnectionTable lets a new connection be, which has yet to prove itself", () => {
  const { admit, closed } = table({ maxConnections: 20, maxConnectionsPerClient: 20 });
  for (let index = 0; index < 20; index++) {
    const connection = admit(`h${index % 5}`, `h${index}`);
    connection.work();
    connection.prove();
    connection.wait();
  }
  for (let index = 0; index < share; index++) admit(`n${index}`, `n${index}`);
  assert.deepEqual(closed.map((name) => name[0]).join(""), "h".repeat(share));
  admit("m", "m");
  assert.equal(closed.at(-1)?.[0], "h", "so many are not too many");
  admit("o", "o");
  assert.equal(closed.at(-1), "n0");
});

Deno.test("ConnectionTable closes a client's unproven connections before its others, if many", () => {
  const { admit, closed } = table({ maxConnections: 100, maxConnectionsPerClient: 12 });
  const kept = admit("a", "kept");
  kept.work();
  kept.prove();
  kept.wait();
  for (let index = 0; index < 30; index++) admit("a", `n${index}`);
  assert.equal(closed.length, 19);
  assert.equal(closed.includes("kept"), false);
});

Deno.test("ConnectionTable takes a connection for proven from its next wait on", () => {
  const { admit, closed } = table({ maxConnections: 10, maxConnectionsPerClient: 10 });
  const first = admit("a", "first");
  first.prove();
  for (let index = 1; index < 10; index++) admit("a", `n${index}`);
  first.work();
  first.wait();
  admit("a", "another");
  assert.deepEqual(closed, ["n1"]);
});

interface Row {
  readonly client: string;
  readonly name: string;
  readonly handle: AdmittedConnection;
  waits: boolean;
  proven: boolean;
  /** As it began to wait. */
  unproven: boolean;
}

/** Whom the table closes for a newcomer, of a list in the order in which they began to wait. */
function victims(rows: readonly Row[], client: string): { needed: boolean; names: string[] } {
  const of = (client: string) => rows.filter((row) => row.client === client);
  const waiting = rows.filter(({ waits }) => waits);
  function oldest(among: readonly Row[], count: number): Row[] {
    const unproven = among.filter((row) => row.unproven);
    return (unproven.length > Math.max(share, count / 8) ? unproven : among).slice(0, 1);
  }
  function oldestOf(client: string): Row[] {
    return oldest(waiting.filter((row) => row.client === client), of(client).length);
  }
  const own = of(client).length >= modelLimits.maxConnectionsPerClient;
  if (own) return { needed: true, names: oldestOf(client).map(({ name }) => name) };
  const unproven = waiting.filter((row) => row.unproven);
  const most = Math.max(...waiting.map((row) => of(row.client).length));
  const largest = [...new Set(waiting.map((row) => row.client))]
    .filter((client) => of(client).length === most);
  const found = unproven.length > Math.max(share, rows.length / 8)
    ? unproven.slice(0, 1)
    : largest.flatMap(oldestOf);
  return {
    needed: rows.length >= modelLimits.maxConnections,
    names: found.map(({ name }) => name),
  };
}

const modelLimits = { maxConnections: 24, maxConnectionsPerClient: 14 };

Deno.test("ConnectionTable agrees with a plain list, whatever happens", () => {
  const event = fc.record({
    kind: fc.constantFrom(
      ...["admit", "admit", "admit", "admit", "work", "wait", "prove", "leave"] as const,
    ),
    client: fc.constantFrom("a", "b", "c", "d"),
    index: fc.nat(),
  });
  let evictions = 0;
  fc.assert(fc.property(fc.array(event, { maxLength: 150, size: "max" }), (events) => {
    const { tryAdmit, closed, connections } = table(modelLimits);
    let rows: Row[] = [];
    for (const [step, { kind, client, index }] of events.entries()) {
      if (kind === "admit") {
        const name = `${client}${step}`;
        const expected = victims(rows, client);
        const before = closed.length;
        const handle = tryAdmit(client, name);
        const refused = expected.needed && expected.names.length === 0;
        assert.equal(typeof handle === "string", refused);
        if (typeof handle === "string") continue;
        const evicted = closed.slice(before);
        evictions += evicted.length;
        assert.equal(evicted.length, expected.needed ? 1 : 0);
        for (const victim of evicted) assert.ok(expected.names.includes(victim), victim);
        rows = rows.filter((row) => !evicted.includes(row.name));
        rows.push({ client, name, handle, waits: true, proven: false, unproven: true });
      } else {
        const row = rows[index % rows.length];
        if (row === undefined) continue;
        row.handle[kind]();
        const others = rows.filter((other) => other !== row);
        if (kind === "prove") row.proven = true;
        else if (kind === "leave") rows = others;
        else {
          if (kind === "wait" && !row.waits) {
            rows = [...others, row];
            row.unproven = !row.proven;
          }
          row.waits = kind === "wait";
        }
      }
      assert.equal(connections.size, rows.length);
    }
  }));
  assert.ok(evictions > 100, `${evictions} evictions`);
});
