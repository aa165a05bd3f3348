/** What follows `BEGIN` on a PEM boundary (RFC 7468). */
export type PemLabel = "CERTIFICATE" | "PRIVATE KEY";

/**
 * Picks the blocks of one label out of a PEM text (RFC 7468 section 2), in their order.
 *
 * Text between blocks and blocks of other labels are dropped, so that a file which holds a key
 * beside its certificate never brings the key along. The content of a block is not decoded.
 *
 * @returns Each block with LF line ends, lines of 64 characters and one LF at its end, so that
 * equal certificates are equal strings.
 */
export function pemBlocks(text: string, label: PemLabel): string[] {
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: string[] = [];
  let at = text.indexOf(begin);
  while (at !== -1) {
    const start = at + begin.length;
    const stop = text.indexOf(end, start);
    if (stop === -1) break;
    const base64 = text.slice(start, stop).replace(/\s+/g, "");
    if (/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) blocks.push(toBlock(base64, label));
    at = text.indexOf(begin, stop + end.length);
  }
  return blocks;
}

/** Wraps DER bytes into one PEM block, formed as {@linkcode pemBlocks} does. */
export function toPem(der: Uint8Array, label: PemLabel): string {
  return toBlock(der.toBase64(), label);
}

function toBlock(base64: string, label: PemLabel): string {
  let block = `-----BEGIN ${label}-----\n`;
  for (let at = 0; at < base64.length; at += 64) block += `${base64.slice(at, at + 64)}\n`;
  return `${block}-----END ${label}-----\n`;
}
