/**
 * The Huffman code of RFC 7541 appendix B.
 *
 * The code is canonical: shorter codes come before longer ones, and the codes of one length follow
 * each other in the order of their symbols. So the lengths alone say everything.
 *
 * @module
 */

/** The symbol that stands for no octet; a string that holds it is malformed. */
export const EOS = 256;

/** The most bits that a code has. */
export const LONGEST_CODE = 30;

/** One digit in base 36 per symbol, 64 symbols a line. */
const lengthDigits = "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq" +
  "u";

/** Per symbol, from 0 to {@linkcode EOS}: how many bits its code has. */
export const codeLengths: readonly number[] = Array.from(
  lengthDigits,
  (digit) => parseInt(digit, 36),
);
