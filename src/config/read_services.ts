import type { ClusterSetting, ServiceSetting } from "../services/service_setting.ts";
import type { CheckedFile } from "./file_settings.ts";
import { placed } from "./placed.ts";
import type { PlacelessCluster, PlacelessService } from "./service_schema.ts";

type Services = Readonly<Record<string, unknown>>;

/** What `services:` of a file says, with where it stands and its paths in place. */
export function readServices(
  services: Services,
  file: CheckedFile,
): { services: ReadonlyMap<string, ServiceSetting>; clusters: readonly ClusterSetting[] } {
  const settings = new Map<string, ServiceSetting>();
  const clusters: ClusterSetting[] = [];
  for (const [name, value] of Object.entries(services)) {
    const where = file.whereOf(["services", name]);
    if (name !== "kubernetes" && name !== "talos") {
      settings.set(name, { where, ...value as PlacelessService });
      continue;
    }
    settings.set(name, { where, enabled: value !== false, secrets: {} });
    if (typeof value !== "object" || value === null) continue;
    const named = (value as { clusters?: Record<string, PlacelessCluster> }).clusters ?? {};
    for (const [cluster, setting] of Object.entries(named)) {
      clusters.push({
        service: name,
        name: cluster,
        where: file.whereOf(["services", name, "clusters", cluster]),
        ...withPaths(setting, file.folder),
      });
    }
  }
  return { services: settings, clusters };
}

function withPaths(cluster: PlacelessCluster, folder: string): PlacelessCluster {
  const { ca, clientCertificate, clientKey, ...rest } = cluster;
  const at = (path: string) => placed(path, folder);
  return {
    ...rest,
    ...(ca === undefined ? {} : { ca: at(ca) }),
    ...(clientCertificate === undefined ? {} : { clientCertificate: at(clientCertificate) }),
    ...(clientKey === undefined ? {} : { clientKey: at(clientKey) }),
  };
}
