import { type Authority, parseAuthority, parseHost } from "../wire/authority.ts";
import { type Cidr, cidrContains, parseCidr, parseIpLiteral } from "../wire/ip_address.ts";
import { quoteInput, WireError } from "../wire/wire_error.ts";

/**
 * Hosts as NO_PROXY names them.
 *
 * `domain` is the names below it and, unless it was written with a dot in front, itself. `block` is
 * addresses as they stand in requests: no name is resolved to see whether it is in one.
 */
export type ProxyBypass =
  & (
    | { readonly kind: "any" }
    | { readonly kind: "domain"; readonly domain: string; readonly onlyBelow: boolean }
    | { readonly kind: "block"; readonly block: Cidr }
  )
  & {
    /** Any if absent. */
    readonly port?: number;
  };

/** Splits a value of NO_PROXY into its entries: by commas and white space. */
export function splitBypasses(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== "");
}

/**
 * Parses one entry of NO_PROXY: `*`, `name` (it and what is below it, as curl, Go and Python read it),
 * `.name` or `*.name` (what is below it), an address, a block as `10.0.0.0/8`; each but a block may have
 * a port.
 *
 * @throws {WireError} If it is anything else. The message says how to mend it.
 */
export function parseProxyBypass(text: string): ProxyBypass {
  if (text === "*") return { kind: "any" };
  if (text.includes("/")) return { kind: "block", block: parseCidr(text) };
  if (parseIpLiteral(text) !== undefined) return { kind: "block", block: parseCidr(text) };
  const [, dot = "", rest = ""] = /^(\*?\.)?(.*)$/.exec(text) ?? [];
  if (rest.includes("*")) {
    throw new WireError(
      `Cannot read ${quoteInput(text)}: "*" stands alone or before a whole name, as in ` +
        '"*.example.com"; addresses are written as a block, such as 10.0.0.0/8',
    );
  }
  const portAt = /:\d+$/.exec(rest)?.index;
  const { host, kind, ...port } = portAt === undefined ? parseHost(rest) : parseAuthority(rest);
  if (kind === "name") return { kind: "domain", domain: host, onlyBelow: dot !== "", ...port };
  if (dot !== "") throw new WireError(`Cannot read ${quoteInput(text)}: write the address alone`);
  return { kind: "block", block: parseCidr(host), ...port };
}

/** Tells whether an entry names the authority. */
export function matchesProxyBypass(entry: ProxyBypass, { host, kind, port }: Authority): boolean {
  if (entry.port !== undefined && entry.port !== port) return false;
  switch (entry.kind) {
    case "any":
      return true;
    case "domain":
      return kind === "name" &&
        (host.endsWith(`.${entry.domain}`) || !entry.onlyBelow && host === entry.domain);
    case "block":
      return kind !== "name" && cidrContains(entry.block, host);
  }
}
