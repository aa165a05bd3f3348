import type { Route } from "./contender.ts";
import { credential, type Upstream } from "./upstream.ts";

/** No proxy: what the client and the upstream can do on this machine. */
export const direct = "direct";

/** The client's way to the upstream itself, with the credential that nobody puts in. */
export function directRoute({ port, caFile }: Upstream): Route {
  return { kind: "straight", port, caFile, authorization: credential };
}
