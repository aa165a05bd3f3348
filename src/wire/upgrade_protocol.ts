/** A protocol that a connection may be switched to (RFC 9110 section 7.8). */
export type UpgradeProtocol = "websocket" | "SPDY/3.1";
