import type { Lab } from "./lab.ts";

/** A certificate and its key, as the paths of two PEM files. */
export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];

/** Makes a root certificate, in two files of this name in the lab. */
export async function makeRoot(lab: Lab, file: string): Promise<KeyPairFiles> {
  const files = { cert: lab.join(`${file}.pem`), key: lab.join(`${file}.key`) };
  await lab.run([
    ...["openssl", "req", "-x509", ...ec, "-subj", "/CN=bench root"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ...["-out", files.cert, "-keyout", files.key],
  ]);
  return files;
}

/** Makes a server certificate for `names`, signed by `root`. */
export async function issueServerCertificate(
  lab: Lab,
  { root, file, names }: {
    readonly root: KeyPairFiles;
    readonly file: string;
    readonly names: readonly string[];
  },
): Promise<KeyPairFiles> {
  const files = { cert: lab.join(`${file}.pem`), key: lab.join(`${file}.key`) };
  await lab.run([
    ...["openssl", "req", "-x509", "-CA", root.cert, "-CAkey", root.key, ...ec],
    ...["-subj", "/CN=bench server"],
    ...["-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-addext", "extendedKeyUsage=serverAuth"],
    ...["-addext", "keyUsage=critical,digitalSignature"],
    ...["-out", files.cert, "-keyout", files.key],
  ]);
  return files;
}
