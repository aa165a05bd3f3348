/** Something in what the operator gave that must be mended before the proxy starts. */
export interface Problem {
  /** Where it is: a flag, a variable, `secrets.env:3`, a path. */
  readonly where: string;
  /** What is wrong and how to mend it, in one line. It never holds a secret's value. */
  readonly message: string;
}
