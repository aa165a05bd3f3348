import { type AddressClass, type Cidr, cidrContains, classifyAddress } from "../wire/ip_address.ts";

/** Whether something may pass, and why: the reason goes unchanged into the answer and the log. */
export type EgressDecision =
  | {
    readonly allow: true;
    readonly reason: string;
    /** Why a policy that is only reported would refuse it. */
    readonly wouldDeny?: string;
  }
  | { readonly allow: false; readonly reason: string };

const classNames: Record<Exclude<AddressClass, "global">, string> = {
  loopback: "a loopback address",
  private: "a private address",
  carrier_grade_nat: "a carrier-grade NAT address",
  link_local: "a link-local address",
  metadata: "a cloud metadata address",
  multicast: "a multicast address",
  unspecified: "the unspecified address",
  broadcast: "the broadcast address",
  reserved: "a reserved address",
};

/**
 * Decides whether an address that no rule and no --connect-to names may be dialled.
 *
 * @param address An IP address in its canonical form, as a resolver gives it.
 * @param allowed The ranges of --allow-private.
 */
export function decideAddress(address: string, allowed: readonly Cidr[]): EgressDecision {
  const addressClass = classifyAddress(address);
  if (addressClass === "global") return { allow: true, reason: `${address} is a public address` };
  if (allowed.some((cidr) => cidrContains(cidr, address))) {
    return { allow: true, reason: `${address} is in a range of --allow-private` };
  }
  return { allow: false, reason: `${address} is ${classNames[addressClass]}` };
}
