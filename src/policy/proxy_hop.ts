import type { Authority } from "../wire/authority.ts";
import type { RenderedField } from "./rendered.ts";

/** Another proxy, through which a rule's service is reached by CONNECT; it resolves the name. */
export interface ProxyHop {
  readonly authority: Authority;
  /** Proxy-Authorization, if the proxy wants to know who we are. */
  readonly authorization?: RenderedField;
}
