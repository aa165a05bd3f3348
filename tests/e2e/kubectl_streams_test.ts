/**
 * The contract: what kubectl runs in a container works through the proxy, over SPDY/3.1 and over
 * WebSocket: exec with input, output and exit code, attach, cp both ways, port-forward with several
 * connections at once.
 */

import assert from "node:assert/strict";
import { KubectlWorld } from "../support/kube/kubectl_world.ts";
import type { Forward } from "../support/kube/port_forward.ts";
import { testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const encoder = new TextEncoder();

function upgradesBy(websocket: boolean): Record<string, string> {
  const value = String(websocket);
  return { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: value, KUBECTL_PORT_FORWARD_WEBSOCKETS: value };
}

async function containerWorld(forward?: Forward): Promise<KubectlWorld> {
  const world = await KubectlWorld.create(({ dir }) => ({
    folder: dir.join("container"),
    mainCommand: ["sh", "-c", "echo attached; exec cat"],
    ...(forward === undefined ? {} : { forward }),
  }));
  await world.lab.dir.makeDir("container");
  return world;
}

/** Each request to switch asked for `protocol` alone; a kubectl before 1.29 knows SPDY alone. */
function assertSwitched(world: KubectlWorld, websocket: boolean): void {
  const asked = world.upstream.requests.flatMap((request) => request.values("upgrade"));
  assert.ok(asked.length > 0);
  const known = websocket ? ["websocket", "SPDY/3.1"] : ["SPDY/3.1"];
  for (const protocol of asked) assert.ok(known.includes(protocol), protocol);
  world.assertInjected();
}

for (const websocket of [false, true]) {
  const by = websocket ? "over what it prefers" : "over SPDY/3.1";
  const env = upgradesBy(websocket);

  testWith(`kubectl exec ${by}: output and errors apart, input to its end, the exit code`, {
    needs: [tool("kubectl")],
    fn: async () => {
      await using world = await containerWorld();
      const script = "echo out; echo err >&2; exit 7";
      const failed = await world.try(["exec", "web", "--", "sh", "-c", script], { env });
      assert.equal(failed.stdout, "out\n");
      assert.match(failed.stderr, /^err\ncommand terminated with exit code 7\n$/);
      assert.equal(failed.code, 7);

      const stdin = "piped" as const;
      await using counting = world.start(["exec", "-i", "web", "--", "wc", "-c"], { env, stdin });
      const writer = counting.child.stdin.getWriter();
      await writer.write(new Uint8Array(300_000));
      await writer.close();
      const counted = await counting.waitForExit();
      assert.deepEqual([counted.stdout.trim(), counted.code], ["300000", 0], counted.stderr);
      assertSwitched(world, websocket);
    },
  });

  testWith(`kubectl attach ${by}: a dialogue, each side's word before the other's next`, {
    needs: [tool("kubectl")],
    fn: async () => {
      await using world = await containerWorld();
      await using attached = world.start(["attach", "-i", "web"], { env, stdin: "piped" });
      const writer = attached.child.stdin.getWriter();
      await waitUntil(() => attached.stdout.text === "attached\n", {
        what: `the container speaks: ${attached.stderr.text}`,
      });
      for (const word of ["one", "two"]) {
        // Without a line's end: a prompt, say.
        await writer.write(encoder.encode(word));
        await waitUntil(() => attached.stdout.text.endsWith(word), { what: `${word} comes back` });
      }
      await writer.close();
      const { code, stdout, stderr } = await attached.waitForExit();
      assert.deepEqual([code, stdout], [0, "attached\nonetwo"], stderr);
      assertSwitched(world, websocket);
    },
  });

  testWith(`kubectl cp ${by}: a folder and a file of 2 MB, both ways`, {
    needs: [tool("kubectl"), tool("tar")],
    fn: async () => {
      await using world = await containerWorld();
      const { dir } = world.lab;
      const noise = new Uint8Array(2_000_000);
      for (let at = 0; at < noise.length; at += 50_000) {
        crypto.getRandomValues(noise.subarray(at, at + 50_000));
      }
      await dir.makeDir("local");
      await Deno.writeFile(dir.join("local", "noise"), noise);
      await Deno.writeTextFile(dir.join("local", "note"), "hello\n");
      await world.run(["cp", "local", "web:copied"], { env });
      const there = dir.join("container", "copied");
      assert.deepEqual(await Deno.readFile(`${there}/noise`), noise);
      assert.equal(await Deno.readTextFile(`${there}/note`), "hello\n");
      await world.run(["cp", "web:copied/noise", "back"], { env });
      assert.deepEqual(await Deno.readFile(dir.join("back")), noise);
      assertSwitched(world, websocket);
    },
  });

  testWith(`kubectl port-forward ${by}: several connections at once, and a port that fails`, {
    needs: [tool("kubectl")],
    fn: async () => {
      await using world = await containerWorld(async (port, stream) => {
        if (port !== 80) throw new Error(`Nothing listens on ${port}`);
        for await (const octets of stream.received) await stream.write(octets);
      });
      await using forwarding = world.start(["port-forward", "pod/web", ":80", ":81"], { env });
      const [echo, nobody] = await portsOf(forwarding);
      const connections = await Promise.all(
        Array.from({ length: 8 }, () => Deno.connect({ hostname: "127.0.0.1", port: echo })),
      );
      const replies = await Promise.all(connections.map(async (connection, index) => {
        using _ = connection;
        const text = `${index}`.repeat(50_000);
        const sent = (async () => {
          let rest = encoder.encode(text);
          while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
          await connection.closeWrite();
        })();
        const reply = await new Response(connection.readable).text();
        await sent;
        return reply === text;
      }));
      assert.deepEqual(replies, connections.map(() => true), forwarding.stderr.text);
      assertSwitched(world, websocket);

      using failing = await Deno.connect({ hostname: "127.0.0.1", port: nobody });
      assert.equal(await failing.read(new Uint8Array(1)), null);
      await waitUntil(() => forwarding.stderr.text.includes("Nothing listens on 81"), {
        what: `the error stream is read: ${forwarding.stderr.text}`,
      });
    },
  });
}

/** The local ports that it says it listens on. */
async function portsOf(
  { stdout, stderr }: { stdout: { text: string }; stderr: { text: string } },
): Promise<[number, number]> {
  const find = () => [...stdout.text.matchAll(/127\.0\.0\.1:(\d+) -> 8[01]/g)];
  await waitUntil(() => find().length === 2, { what: `two ports are forwarded: ${stderr.text}` });
  const [first, second] = find().map(([, port]) => Number(port));
  return [first ?? 0, second ?? 0];
}
