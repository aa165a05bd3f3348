import { createHash } from "node:crypto";
import {
  bmpString,
  type Der,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
} from "./der.ts";
import { pemBlocks } from "./pem.ts";
import { macData } from "./pkcs12_mac.ts";

/** RFC 7292, sections 4.1, 4.2.3; RFC 2985, section 5.5.1; and Java's own. */
const oid = {
  data: "1.2.840.113549.1.7.1",
  certBag: "1.2.840.113549.1.12.10.1.3",
  x509Certificate: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  // Java lists a certificate without a key only if it has this, with the uses it is trusted for.
  trustedKeyUsage: "2.16.840.1.113894.746875.1.1",
  anyExtendedKeyUsage: "2.5.29.37.0",
} as const;

const trustedForAll = attribute(oid.trustedKeyUsage, objectIdentifier(oid.anyExtendedKeyUsage));

/**
 * Makes a PKCS #12 truststore (RFC 7292) for Java out of a PEM bundle: each certificate as a trusted
 * one, by its SHA-256 as the alias. Java 8u301, 11.0.12 and later read it.
 *
 * The certificates are public, so they are not encrypted, and the password, which must be told to every
 * client, protects nothing: the MAC shows damage. Equal bundles give equal bytes, so that a file is
 * written anew only if it changes.
 */
export function makeTruststore(bundlePem: string, password: string): Der {
  const bags = pemBlocks(bundlePem, "CERTIFICATE").map(trustedBag);
  const authenticatedSafe = sequence(contentInfo(sequence(...bags)));
  return sequence(
    integer(3),
    contentInfo(authenticatedSafe),
    macData(authenticatedSafe, {
      password,
      salt: createHash("sha256").update(bundlePem).digest().subarray(0, 20),
    }),
  );
}

function contentInfo(content: Der): Der {
  return sequence(objectIdentifier(oid.data), explicit(0, octetString(content)));
}

function trustedBag(pem: string): Der {
  const certificate = Uint8Array.fromBase64(pem.replaceAll(/-----[^-]+-----/g, ""));
  const alias = createHash("sha256").update(certificate).digest("hex");
  return sequence(
    objectIdentifier(oid.certBag),
    explicit(
      0,
      sequence(objectIdentifier(oid.x509Certificate), explicit(0, octetString(certificate))),
    ),
    setOf(attribute(oid.friendlyName, bmpString(alias)), trustedForAll),
  );
}

function attribute(type: string, value: Der): Der {
  return sequence(objectIdentifier(type), setOf(value));
}
