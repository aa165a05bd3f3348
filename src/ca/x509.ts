/**
 * The door to `@peculiar/x509`, which throws on import unless `reflect-metadata` was evaluated
 * before it. Nothing else imports either of them.
 *
 * Loading it costs 100 to 200 ms, most of the start-up budget, so whoever needs it is reached through
 * certificate_makers.ts when the first certificate is made. Start-up with an existing CA does not.
 *
 * @module
 */
import "reflect-metadata";

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
