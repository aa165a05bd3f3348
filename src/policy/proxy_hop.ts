import type { Secret } from "../secrets/secret.ts";
import { type Authority, formatAuthority, sameAuthority } from "../wire/authority.ts";
import { createInjection, type Credential } from "./inject.ts";
import type { RenderedField } from "./rendered.ts";

/** Another proxy, through which services are reached; it resolves their names. */
export interface ProxyHop {
  /** How it is spoken to itself. */
  readonly scheme: "http" | "https";
  readonly authority: Authority;
  /** Who we are there, if it wants to know. */
  readonly login?: {
    /** Proxy-Authorization. */
    readonly field: RenderedField;
    /** What must not come back of it. */
    readonly credential: Credential;
  };
  /** What named it: `HTTPS_PROXY`, `--upstream-proxy`, a kubeconfig; for people. */
  readonly source: string;
}

/**
 * Makes a hop.
 *
 * @param login Basic credentials (RFC 7617).
 * @throws {TypeError} If they cannot stand in a field; the message holds nothing of them.
 */
export function proxyHop(
  { scheme, authority, source }: Pick<ProxyHop, "scheme" | "authority" | "source">,
  login?: { readonly user: string; readonly password: Secret },
): ProxyHop {
  if (login === undefined) return { scheme, authority, source };
  const { user, password: secret } = login;
  const format = { kind: "basic", user } as const;
  const [field] = renderBasic(format, secret);
  if (field === undefined) throw new TypeError("Cannot render Proxy-Authorization");
  return { scheme, authority, source, login: { field, credential: { secret, format } } };
}

function renderBasic(
  format: { readonly kind: "basic"; readonly user: string },
  secret: Secret,
): readonly RenderedField[] {
  // RFC 7617 section 2: neither may have a control character; outside ASCII, recipients disagree.
  if (!/^[\x20-\x7e]*$/.test(format.user)) {
    throw new TypeError("Cannot render Basic credentials: the user is not printable ASCII");
  }
  return createInjection({
    fields: [{ name: "Proxy-Authorization", format, variable: secret.name, secret }],
    carriers: { fields: [] },
  }).fields;
}

/** Writes a hop without its login: `http://proxy.corp.example:3128`. */
export function formatHop({ scheme, authority }: Pick<ProxyHop, "scheme" | "authority">): string {
  return `${scheme}://${formatAuthority(authority)}`;
}

/**
 * Whether both are the same proxy. One with a login is the same as itself alone: nobody compares
 * passwords here.
 */
export function isSameHop(a: ProxyHop | undefined, b: ProxyHop | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.scheme === b.scheme && sameAuthority(a.authority, b.authority) && a.login === b.login;
}
