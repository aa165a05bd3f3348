import type { Lab } from "./lab.ts";
import type { Upstream } from "./upstream.ts";

/** Those of ours come first in every table. */
export type ContenderName = "auth-proxy" | "auth-proxy-dist" | "squid" | "mitmproxy" | "nginx";

/** How a client reaches the upstream. */
export interface Route {
  /** With a CONNECT to this port first; else straight to {@linkcode Route.port}. */
  readonly kind: "connect" | "straight";
  /** On the loopback. */
  readonly port: number;
  /** What vouches for the certificate that the client is shown, PEM. */
  readonly caFile: string;
  /** What the client must send itself, because nobody on the way puts it in. */
  readonly authorization?: string;
}

/** A proxy that is up. */
export interface RunningContender {
  readonly name: string;
  /** The root of its process tree. */
  readonly pid: number;
  /** Where the credential is put in. */
  readonly route: Route;
  /** Where the octets pass unread; absent if it has no such thing. */
  readonly tunnel?: Route;
  stop(): Promise<void>;
}

/** What a contender is started with. */
export interface Setting {
  readonly lab: Lab;
  readonly upstream: Upstream;
}

/** A proxy that may be installed. */
export interface Contender {
  readonly name: ContenderName;
  /** The programs that it takes, beside those that every run takes. */
  readonly programs: readonly string[];
  /** What installs them. */
  readonly install: string;
  /** So slow that it gets longer to warm up, and less to do. */
  readonly slow?: true;
  version(lab: Lab): Promise<string>;
  start(setting: Setting): Promise<RunningContender>;
}
