/**
 * A random certificate serial number: 16 octets in hex, positive, never shorter.
 *
 * RFC 5280 section 4.1.2.2 asks for a positive integer of at most 20 octets; the CA/Browser Forum
 * for 64 random bits. Clients reject a serial that the same CA used twice (NSS) or a negative one.
 * The top bits are 01, so the DER integer needs no padding octet; 126 bits are random.
 */
export function randomSerialNumber(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets.toHex();
}
