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

interface Row {
  readonly client: string;
  readonly name: string;
  readonly handle: AdmittedConnection;
  waits: boolean;
}

/** Those that may be closed for a newcomer, of a list in the order in which they began to wait. */
function victims(rows: readonly Row[], client: string): { needed: boolean; names: string[] } {
  const countOf = (client: string) => rows.filter((row) => row.client === client).length;
  const own = countOf(client) >= limits.maxConnectionsPerClient;
  const waiting = rows.filter(({ waits }) => waits);
  const most = Math.max(...waiting.map((row) => countOf(row.client)));
  const clients = own
    ? [client]
    : waiting.map((row) => row.client).filter((client) => countOf(client) === most);
  const oldest = [...new Set(clients)].map((client) =>
    waiting.find((row) => row.client === client)
  );
  return {
    needed: own || rows.length >= limits.maxConnections,
    names: oldest.flatMap((row) => row === undefined ? [] : [row.name]),
  };
}

Deno.test("ConnectionTable agrees with a plain list, whatever happens", () => {
  const event = fc.record({
    kind: fc.constantFrom(
      "admit" as const,
      "admit" as const,
      "work" as const,
      "wait" as const,
      "leave" as const,
    ),
    client: fc.constantFrom("a", "b", "c", "d"),
    index: fc.nat(),
  });
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), (events) => {
    const { tryAdmit, closed, connections } = table();
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
        assert.equal(evicted.length, expected.needed ? 1 : 0);
        for (const victim of evicted) assert.ok(expected.names.includes(victim), victim);
        rows = rows.filter((row) => !evicted.includes(row.name));
        rows.push({ client, name, handle, waits: true });
      } else {
        const row = rows[index % rows.length];
        if (row === undefined) continue;
        row.handle[kind]();
        const others = rows.filter((other) => other !== row);
        if (kind === "leave") rows = others;
        else if (kind === "wait" && !row.waits) rows = [...others, row];
        row.waits = kind === "wait";
      }
      assert.equal(connections.size, rows.length);
    }
  }));
});
