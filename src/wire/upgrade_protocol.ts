/** A protocol that a connection to any service may be switched to (RFC 9110 section 7.8), or to some. */
export type UpgradeProtocol = "websocket" | ServiceUpgrade;

/** One that only clients of certain services switch to. */
export type ServiceUpgrade = "SPDY/3.1";
