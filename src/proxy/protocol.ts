/** What is spoken on a connection, by its name in ALPN (RFC 7301 section 6). */
export type Protocol = "http/1.1" | "h2";
