/**
 * The contract: kubectl's verbs that are plain requests work through the proxy: tables and large lists in
 * pages, watches whose events arrive one by one, logs that are followed, server-side apply.
 */

import assert from "node:assert/strict";
import type { RunningClient } from "../support/clients.ts";
import { KubectlWorld } from "../support/kube/kubectl_world.ts";
import type { PodEvent } from "../support/kube/pod_table.ts";
import { testWith, tool } from "../support/tools.ts";
import { delay, waitUntil } from "../support/wait_until.ts";

testWith("kubectl get: a list of 5,000 pods arrives in pages of 500, as a table and as JSON", {
  needs: [tool("kubectl")],
  fn: async () => {
    const pods = Array.from({ length: 5_000 }, (_, index) => `pod-${index}`);
    await using world = await KubectlWorld.create(() => ({ pods }));
    const listed = await world.run(["get", "pods", "--no-headers"]);
    const rows = listed.stdout.trimEnd().split("\n");
    assert.deepEqual(rows.map((row) => row.split(/\s+/)), pods.map((name) => [name, "Running"]));
    const asPages = world.upstream.requests.filter(({ target }) => /[?&]limit=500\b/.test(target));
    assert.equal(asPages.length, 10);

    const { stdout } = await world.run(["get", "pods", "-o", "json"]);
    const names = JSON.parse(stdout).items.map((pod: { metadata: { name: string } }) =>
      pod.metadata.name
    );
    assert.deepEqual(names, pods);
    world.assertInjected();
  },
});

/** A source of events that a test sends one by one. */
class Script {
  readonly #steps: Array<PromiseWithResolvers<PodEvent | undefined>> = [];
  #next = 0;

  #step(index: number): PromiseWithResolvers<PodEvent | undefined> {
    return this.#steps[index] ??= Promise.withResolvers();
  }

  send(status: string): void {
    this.#step(this.#next++).resolve({ type: "MODIFIED", name: "web", status });
  }

  end(): void {
    this.#step(this.#next++).resolve(undefined);
  }

  async *events(): AsyncGenerator<PodEvent> {
    for (let index = 0;; index++) {
      const event = await this.#step(index).promise;
      if (event === undefined) return;
      yield event;
    }
  }
}

async function waitToPrint(client: RunningClient, text: string): Promise<void> {
  await waitUntil(() => client.stdout.text.includes(text), {
    what: `kubectl prints ${text}: ${client.stdout.text}${client.stderr.text}`,
  });
}

testWith("kubectl get -w: each event is printed before the next is sent", {
  needs: [tool("kubectl")],
  fn: async () => {
    const script = new Script();
    await using world = await KubectlWorld.create(() => ({ podEvents: () => script.events() }));
    await using watching = world.start(["get", "pods", "--watch"]);
    await waitToPrint(watching, "Running");
    for (const status of ["Pending", "Terminating", "Gone"]) {
      script.send(status);
      await waitToPrint(watching, status);
    }
    script.end();
    assert.equal((await watching.waitForExit()).code, 0);
    world.assertInjected();
  },
});

testWith("kubectl get -w: events keep a watch alive beyond the idle timeout, silence does not", {
  needs: [tool("kubectl")],
  fn: async () => {
    const script = new Script();
    await using world = await KubectlWorld.create(
      () => ({ podEvents: () => script.events() }),
      { args: ["--limit", "idle-timeout=3s"] },
    );
    await using watching = world.start(["get", "pods", "--watch"]);
    await waitToPrint(watching, "Running");
    for (let round = 1; round <= 5; round++) {
      await delay(1_000);
      script.send(`Alive-${round}`);
      await waitToPrint(watching, `Alive-${round}`);
    }
    assert.equal(watching.exited, false);
    const since = performance.now();
    const { stderr } = await watching.waitForExit();
    const silence = performance.now() - since;
    assert.ok(silence > 2_000 && silence < 15_000, `cut after ${silence} ms: ${stderr}`);
    script.end();
  },
});

testWith("kubectl get -w: a watch that is silent for five seconds goes on under the defaults", {
  needs: [tool("kubectl")],
  fn: async () => {
    const script = new Script();
    await using world = await KubectlWorld.create(() => ({ podEvents: () => script.events() }));
    await using watching = world.start(["get", "pods", "--watch"]);
    await waitToPrint(watching, "Running");
    await delay(5_000);
    assert.equal(watching.exited, false);
    script.send("Awake");
    await waitToPrint(watching, "Awake");
    script.end();
    assert.equal((await watching.waitForExit()).code, 0);
  },
});

testWith("kubectl logs -f: each line is printed before the next is sent", {
  needs: [tool("kubectl")],
  fn: async () => {
    const script = new Script();
    async function* logLines() {
      for await (const { status } of script.events()) yield status;
    }
    await using world = await KubectlWorld.create(() => ({ logLines }));
    await using following = world.start(["logs", "--follow", "web"]);
    for (const line of ["first", "second", "third"]) {
      script.send(line);
      await waitToPrint(following, `${line}\n`);
    }
    script.end();
    const { code, stdout } = await following.waitForExit();
    assert.deepEqual([code, stdout], [0, "first\nsecond\nthird\n"]);
    world.assertInjected();
  },
});

testWith("kubectl apply --server-side: a PATCH of application/apply-patch+yaml", {
  needs: [tool("kubectl")],
  fn: async () => {
    await using world = await KubectlWorld.create(() => ({}));
    const manifest = await world.lab.dir.write(
      "settings.yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: default }\n" +
        "data: { colour: blue }\n",
    );
    const apply = ["apply", "--server-side", "--validate=false", "-f", manifest];
    const { stdout } = await world.run(apply);
    assert.match(stdout, /^configmap\/settings serverside-applied$/m);
    const patches = world.upstream.requests.filter(({ method }) => method === "PATCH");
    assert.deepEqual(
      patches.map((request) => [request.path, request.values("content-type").join()]),
      [["/api/v1/namespaces/default/configmaps/settings", "application/apply-patch+yaml"]],
    );
    world.assertInjected();
  },
});
