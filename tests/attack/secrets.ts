/**
 * What there is to steal: the credentials of every attacked proxy, each with what the usual encodings
 * write in another way.
 */
export const secrets = {
  GITHUB_TOKEN: "ghp_7Q/+=<&>'zR2kLm9XvB4nT8wYc3HsJ6pDf1GqUe5A",
  ANTHROPIC_API_KEY: "sk-ant-own03-Vb7/+Nq<2>&Wm4'Kx9Zt6Rj1Ls8Hd3Pf5Gc0Ty-AA",
  CORP_KEY: "corp-0Fh3Dk6Sj9/+Lp2'Oe5Iw8Ur1<Yt4>Qz7Mn&Bv=",
} as const;

/** A credential of the attacker's own, which must not get past a rule. */
export const attackersToken = "attackers-own-token-0123456789";
