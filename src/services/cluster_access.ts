import type { HostPattern } from "../policy/host_pattern.ts";
import type { Rule } from "../policy/rule.ts";
import type { ClientCertificate } from "../secrets/client_certificate.ts";
import type { ExecPlugin } from "../secrets/exec_plugin.ts";
import type { Secret } from "../secrets/secret.ts";

/** How a cluster knows who we are. */
export type AccessCredential =
  | {
    readonly kind: "fixed";
    readonly token?: Secret;
    readonly basic?: { readonly user: string; readonly password: Secret };
    readonly clientCertificate?: ClientCertificate;
  }
  /** A file that somebody else writes anew. */
  | {
    readonly kind: "token_file";
    readonly path: string;
    readonly clientCertificate?: ClientCertificate;
  }
  | { readonly kind: "exec"; readonly plugin: ExecPlugin };

/** A cluster, and who we are there: one context of a kubeconfig or a talosconfig. */
export interface ClusterAccess
  extends Pick<Rule, "path" | "trustAnchors" | "trustAnchorsSource" | "serverName" | "hop"> {
  readonly service: "kubernetes" | "talos";
  /** The file, and the context's name in it. */
  readonly file: string;
  readonly context: string;
  /** What in the file its credential stands at: equal for one credential, unequal for two. */
  readonly user: string;
  /** Exact ones. */
  readonly hosts: readonly HostPattern[];
  readonly credential: AccessCredential;
  /** What of the context a client needs to know; it holds no credential. */
  readonly shown: ShownContext;
}

/** The part of a context that is repeated to clients. */
export type ShownContext =
  | {
    readonly cluster: string;
    readonly user: string;
    readonly server: string;
    readonly namespace?: string;
  }
  | {
    readonly endpoints: readonly string[];
    readonly nodes: readonly string[];
    /** The cluster that is meant, where an endpoint serves several. */
    readonly targetCluster?: string;
  };
