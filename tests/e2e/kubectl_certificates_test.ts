/**
 * The contract: kubectl, with the kubeconfig that `auth-proxy kubeconfig` prints and nothing else in its
 * environment, works on clusters that demand a client certificate, several at once; each cluster sees
 * its own user's certificate and no other.
 */

import assert from "node:assert/strict";
import { CertifiedClusters } from "../support/kube/certified_clusters.ts";
import { testWith, tool } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

const names = ["dev", "stage", "prod"];

async function outputOf(
  world: CertifiedClusters,
  { cluster, args }: { cluster: string; args: readonly string[] },
): Promise<string> {
  await using client = world.kubectl(cluster, args);
  const { code, stdout, stderr } = await client.waitForExit();
  assert.equal(code, 0, stderr);
  return stdout;
}

function assertOwnCertificates(world: CertifiedClusters): void {
  for (const [name, { front, api, fingerprint }] of world.clusters) {
    assert.ok(front.shown.length > 0, name);
    assert.deepEqual([...new Set(front.shown)], [fingerprint], name);
    assert.ok(api.requests.every((request) => request.values("authorization").length === 0), name);
  }
}

testWith("three clusters at once, each with a certificate of its own: get, logs -f, exec", {
  needs: [tool("kubectl")],
  fn: async () => {
    await using world = await CertifiedClusters.create(names, (name, lab) => ({
      pods: ["web", `only-in-${name}`],
      folder: lab.dir.path,
      logLines: async function* () {
        yield* ["first", name];
      },
    }));
    assert.doesNotMatch(world.kubeconfig, /client-(certificate|key)/);
    const lists = await Promise.all(
      names.map((cluster) => outputOf(world, { cluster, args: ["get", "pods", "-o", "name"] })),
    );
    assert.deepEqual(lists, names.map((name) => `pod/web\npod/only-in-${name}\n`));
    const logs = await Promise.all(
      names.map((cluster) => outputOf(world, { cluster, args: ["logs", "-f", "web"] })),
    );
    assert.deepEqual(logs, names.map((name) => `first\n${name}\n`));
    const shells = await Promise.all(names.map(async (cluster) => {
      await using client = world.kubectl(cluster, [
        "exec",
        "web",
        "--",
        "sh",
        "-c",
        "echo in; exit 3",
      ]);
      const { code, stdout } = await client.waitForExit();
      return [code, stdout];
    }));
    assert.deepEqual(shells, names.map(() => [3, "in\n"]));
    assertOwnCertificates(world);
  },
});

testWith("a cluster that demands a certificate: get -w whose events come one by one", {
  needs: [tool("kubectl")],
  fn: async () => {
    const next = [0, 1].map(() => Promise.withResolvers<void>());
    await using world = await CertifiedClusters.create(["prod"], () => ({
      podEvents: async function* () {
        for (const [index, { promise }] of next.entries()) {
          yield { type: "ADDED", name: `pod-${index}`, status: "Running" } as const;
          await promise;
        }
      },
    }));
    await using client = world.kubectl("prod", ["get", "pods", "--watch-only", "--no-headers"]);
    for (const [index, { resolve }] of next.entries()) {
      await waitUntil(() => client.stdout.text.includes(`pod-${index}`), {
        what: `event ${index} is printed: ${client.stdout.text}${client.stderr.text}`,
      });
      assert.ok(!client.stdout.text.includes(`pod-${index + 1}`));
      resolve();
    }
    assert.equal((await client.waitForExit()).code, 0);
    assertOwnCertificates(world);
  },
});

testWith("a cluster that demands a certificate: port-forward", {
  needs: [tool("kubectl")],
  fn: async () => {
    await using world = await CertifiedClusters.create(["prod"], () => ({
      forward: async (_port, stream) => {
        for await (const octets of stream.received) await stream.write(octets);
      },
    }));
    await using client = world.kubectl("prod", ["port-forward", "pod/web", ":80"]);
    const announced = /127\.0\.0\.1:(\d+) -> 80/;
    await waitUntil(() => announced.test(client.stdout.text), {
      what: `the port is announced: ${client.stderr.text}`,
    });
    const port = Number(announced.exec(client.stdout.text)?.[1]);
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("over the wire"));
    await connection.closeWrite();
    assert.equal(await new Response(connection.readable).text(), "over the wire");
    assertOwnCertificates(world);
  },
});
