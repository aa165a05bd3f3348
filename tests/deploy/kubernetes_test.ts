/**
 * The contract: in deploy/kubernetes an agent's container has no credential, no token of the cluster's
 * and nothing of the proxy's files but the public ones; the proxy beside it demands a token.
 */

import assert from "node:assert/strict";
import { configOf, documentsIn, type Manifest, textOf } from "./deploy_files.ts";

const [sidecar] = documentsIn(await textOf("deploy/kubernetes/sidecar.yaml"));
const [agentPod, policy] = documentsIn(await textOf("deploy/kubernetes/agent.yaml"));

function mountsOf({ volumeMounts }: Manifest): Record<string, boolean> {
  return Object.fromEntries(
    volumeMounts.map(({ name, readOnly }: Manifest) => [name, readOnly === true]),
  );
}

function secretsOf({ spec }: Manifest): string[] {
  return spec.volumes.filter(({ secret }: Manifest) => secret !== undefined)
    .map(({ name }: Manifest) => name);
}

Deno.test("the sidecar's arguments are good: on loopback, and with a token all the same", () => {
  const [proxy] = sidecar.spec.initContainers;
  assert.equal(proxy.restartPolicy, "Always");
  const config = configOf(proxy.args);
  assert.deepEqual([config.listen.hostname, config.admin.hostname], ["127.0.0.1", "127.0.0.1"]);
  assert.equal(config.agentTokenFile, "/etc/auth-proxy/agent/token");
  assert.equal(config.allowUnauthenticated, false);
  const grace = sidecar.spec.terminationGracePeriodSeconds * 1000;
  assert.ok(grace > config.drainDelay + config.drainTimeout);
});

Deno.test("what prints the agent's environment is started as the sidecar is", () => {
  const [proxy, environment] = sidecar.spec.initContainers;
  const [, , line = ""] = environment.command;
  const [, command, ...rest] = line.split(" > ")[0].split(" ");
  assert.equal(command, "env");
  const own = ["--public-dir", "--format"];
  const shared = rest.filter((arg: string) => !own.includes(arg.split("=")[0] ?? ""));
  for (const arg of shared) assert.ok(proxy.args.includes(arg), arg);
  assert.match(line, / --public-dir=\/auth-proxy /);
});

Deno.test("the sidecar's neighbour sees the public folder alone, as another user", () => {
  const [proxy] = sidecar.spec.initContainers;
  const [agent] = sidecar.spec.containers;
  assert.deepEqual(mountsOf(agent), { public: true });
  assert.notEqual(agent.securityContext.runAsUser, proxy.securityContext.runAsUser);
  assert.equal(sidecar.spec.shareProcessNamespace, false);
  for (const name of ["state", ...secretsOf(sidecar)]) assert.ok(name in mountsOf(proxy), name);
});

Deno.test("an agent of the shared proxy has no credential, and one way out", () => {
  assert.deepEqual(secretsOf(agentPod), []);
  assert.deepEqual(policy.spec.podSelector, {});
  assert.deepEqual(policy.spec.policyTypes, ["Ingress", "Egress"]);
  assert.ok(!("ingress" in policy.spec));
  assert.equal(policy.spec.egress.length, 1);
  const [{ to, ports }] = policy.spec.egress;
  assert.equal(to.length, 1, "namespace and pod in one peer: both have to fit");
  assert.deepEqual(ports, [{ protocol: "TCP", port: 8080 }]);
});

for (const [name, pod] of [["sidecar.yaml", sidecar], ["agent.yaml", agentPod]] as const) {
  Deno.test(`every container of ${name} is confined, and has no token of the cluster's`, () => {
    const { spec } = pod;
    assert.equal(spec.automountServiceAccountToken, false);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault");
    for (const { securityContext } of [...spec.initContainers ?? [], ...spec.containers]) {
      assert.equal(securityContext.allowPrivilegeEscalation, false);
      assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
    }
    for (const { secret } of spec.volumes) {
      // 0400: the group is added for the fsGroup, and nobody else.
      if (secret !== undefined) assert.equal(secret.defaultMode, 0o400);
    }
  });
}
