import type { ProxyContext } from "./context.ts";
import type { TlsIngress } from "./tls_ingress.ts";
import type { Front } from "./front.ts";

/** What is done with the connections of one listening socket. */
export interface Ingress {
  /** What is in force at this moment: asked for once by each connection, and by each request. */
  readonly context: () => ProxyContext;
  readonly speaks: Speaks;
}

/**
 * What clients may speak to a listening socket. To a proxy whatever there is, told apart by the first
 * octets; over TLS, the proxy's own HTTP alone; and where others are turned to it, what they would have
 * spoken to the service, to whose port they were connecting.
 */
export type Speaks =
  | { readonly kind: "anything"; readonly tls: TlsIngress }
  | { readonly kind: "tls"; readonly tls: TlsIngress }
  | { readonly kind: "transparent"; readonly originalPort: number };

/** The ports that clients called, where nothing else is said. */
export const usualPorts = { tls: 443, http: 80 } as const;

/** How a listening socket is called by who speaks to it in clear. */
export function clearFront(speaks: Speaks): Front {
  switch (speaks.kind) {
    case "anything":
      return { ...speaks.tls.front, originalPort: usualPorts.http };
    case "tls":
      return speaks.tls.front;
    case "transparent":
      return speaks;
  }
}
