/**
 * The one door to all that makes certificates, reached by `await import()` when the first one is made.
 *
 * One, because of the bundler: what several lazily imported modules share becomes a file of its own,
 * in which it does not keep the order that `@peculiar/x509` needs (x509.ts).
 *
 * @module
 */
export { createClientCertificate } from "./client_certificate.ts";
export { createLeafSigner } from "./leaf_certificate.ts";
export { createRootCertificate } from "./root_certificate.ts";
