import { z } from "zod";
import type {
  ClusterSetting,
  CredentialOption,
  ServiceOptions,
  ServiceSetting,
} from "../services/service_setting.ts";
import { closed, filePath, parsed, secretName, some } from "./schema_parts.ts";
import { upstreamSettings, upstreamShape } from "./upstream_schema.ts";

/** What the file says of a service, without where. */
export type PlacelessService = Omit<ServiceSetting, "where">;
/** What the file says of a cluster, without where; its paths as they are written. */
export type PlacelessCluster = Omit<ClusterSetting, "where" | "service" | "name">;

const host = z.string({ error: "write a host, such as grafana.corp.example" });

function service({ credentials, hosts, user }: ServiceOptions) {
  const shape = {
    ...Object.fromEntries(credentials.map((option) => [option, secretName.exactOptional()])),
    ...(hosts ? { hosts: some(host, "write a list of your own hosts").exactOptional() } : {}),
    ...(user ? { user: z.string({ error: "write the user's name" }).min(1).exactOptional() } : {}),
  };
  const options = closed(shape).transform((given): PlacelessService => {
    const values = given as Partial<Record<CredentialOption, string>> & {
      hosts?: string[];
      user?: string;
    };
    return {
      enabled: true,
      secrets: Object.fromEntries(
        credentials.flatMap((option) => {
          const name = values[option];
          return name === undefined ? [] : [[option, name]];
        }),
      ),
      ...(values.hosts === undefined ? {} : { hosts: values.hosts }),
      ...(values.user === undefined ? {} : { user: values.user }),
    };
  });
  const onOrOff = z.boolean().transform((enabled): PlacelessService => ({ enabled, secrets: {} }));
  return z.union([onOrOff, options], {
    error: `write true, false, or options, as { ${Object.keys(shape)[0]}: NAME }`,
  });
}

const server = parsed("write where it is, as https://prod.k8s.corp:6443", (text) => {
  if (/^http:\/\//i.test(text)) {
    throw new Error("Cannot send a credential in clear: write https://HOST:PORT");
  }
  if (!/^https:\/\/[^/@?#]+\/?$/i.test(text)) {
    throw new Error("write where it is, as https://prod.k8s.corp:6443");
  }
  return text;
});

const cluster = closed({
  server,
  token: secretName.exactOptional(),
  ...upstreamShape,
}).transform((written, context): PlacelessCluster => {
  const { server, token } = written;
  const settings = upstreamSettings(written, context);
  if (token === undefined && written.client_cert === undefined) {
    const message = "write token:, with a secret's name, or client_cert: and client_key:";
    context.addIssue({ code: "custom", message });
  }
  return { server, ...(token === undefined ? {} : { token }), ...settings };
});

const clusterName = parsed("write a cluster's name, such as prod", (text) => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
  throw new Error("write a name of letters, digits, dots, - and _");
});

const files = (what: string) => z.array(filePath, { error: `write a list of ${what}` });
const contexts = z.array(z.string({ error: "write a context's name" }), {
  error: "write a list of contexts",
});

const clusters = z.record(clusterName, cluster, {
  error: "write clusters, as prod: { server: https://…, token: NAME }",
});

/** The clusters of one kind, and the files that name more. */
function clusterService<Files extends "kubeconfigs" | "talosconfigs">(filesKey: Files) {
  const shape = {
    clusters: clusters.exactOptional(),
    contexts: contexts.exactOptional(),
    [filesKey]: files(`${filesKey.slice(0, -1)} files`).exactOptional(),
  };
  return z.union([z.boolean(), closed(shape)], {
    error: "write false, or options, as { clusters: { prod: … } }",
  });
}

/**
 * `services:` of the file.
 *
 * @param known The catalogue's services, with the options of each.
 */
export function servicesSchema(known: readonly ServiceOptions[]) {
  return closed({
    ...Object.fromEntries(known.map((each) => [each.name, service(each).exactOptional()])),
    kubernetes: clusterService("kubeconfigs").exactOptional(),
    talos: clusterService("talosconfigs").exactOptional(),
  });
}
