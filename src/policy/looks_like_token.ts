/** How well-known services begin their tokens, as far as the rest could pass for a variable's name. */
const PREFIX =
  /^(gh[opusr]_|github_pat_|glpat_|npm_|hf_|sk_|rk_|pk_live_|sntry[su]_|dop_v1_|pypi_|xox[a-z]_|shp[a-z]{2}_|glsa_|lin_api_|figd_|pul_)[A-Za-z0-9_]{16,}$/;
/** 32 hexadecimal digits or more. */
const HEX = /^(?=.*\d)([0-9a-f]{32,}|[0-9A-F]{32,})$/;
const MIXED_LENGTH = 20;

/**
 * Whether what should be the name of a variable is more likely a token, which must not be printed: many
 * tokens are made of letters, digits and `_` alone, and a name stands in logs and in answers.
 */
export function looksLikeToken(text: string): boolean {
  const isMixed = text.length >= MIXED_LENGTH && !text.includes("_") && /[a-z]/.test(text) &&
    /[A-Z]/.test(text) && (text.match(/\d/g) ?? []).length >= 2;
  // An AWS access key id.
  return PREFIX.test(text) || HEX.test(text) || isMixed || /^A(KI|SI)A[A-Z0-9]{16}$/.test(text);
}
