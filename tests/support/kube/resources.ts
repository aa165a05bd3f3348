/**
 * What a Kubernetes API server says of itself: version, and discovery in its plain form, which every
 * kubectl from 1.20 on falls back to.
 *
 * @module
 */

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function resource({ name, kind, verbs }: Resource): unknown {
  const singularName = name.includes("/") ? "" : kind.toLowerCase();
  return { name, singularName, namespaced: true, kind, verbs };
}

const coreResources = {
  kind: "APIResourceList",
  groupVersion: "v1",
  resources: [
    resource({ name: "pods", kind: "Pod", verbs: ["get", "list", "watch"] }),
    resource({ name: "pods/log", kind: "Pod", verbs: ["get"] }),
    resource({ name: "pods/exec", kind: "PodExecOptions", verbs: ["create", "get"] }),
    resource({ name: "pods/attach", kind: "PodAttachOptions", verbs: ["create", "get"] }),
    resource({ name: "pods/portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] }),
    resource({ name: "configmaps", kind: "ConfigMap", verbs: ["get", "list", "patch"] }),
  ],
};

/** Answers by path. */
export const discovery: Readonly<Record<string, unknown>> = {
  "/version": { major: "1", minor: "32", gitVersion: "v1.32.4" },
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
  "/api/v1": coreResources,
};

/** An answer of kind Status (apimachinery, meta/v1): what every failure is told by. */
export function failure(code: number, reason: string): unknown {
  return { kind: "Status", apiVersion: "v1", status: "Failure", reason, code };
}

/** A pod that runs, with one container. */
export function pod(name: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { containers: [{ name: "app", image: "app:1", stdin: true, ports: [] }] },
    status: {
      phase: "Running",
      containerStatuses: [{
        name: "app",
        image: "app:1",
        imageID: "",
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      }],
    },
  };
}
