/** What a client has shown to prove who it is, or that it calls from an address that is an agent's. */
export type Proof = "none" | "token" | "certificate" | "address";

/** Who is calling, as far as it has proved it. */
export interface ClientIdentity {
  /** The agent's name; empty for a client that has proved nothing. */
  readonly agent: string;
  readonly proof: Proof;
  /**
   * Tells the agent's credentials apart and is no secret: the SHA-256 in hex of a token's SHA-256, the
   * serial number of a certificate, or a block of addresses. Empty without a proof.
   */
  readonly credential: string;
}

/** A client that has proved nothing, and that a listener serves all the same. */
export const anonymous: ClientIdentity = { agent: "", proof: "none", credential: "" };
