import type { CertificateAuthority } from "../ca/certificate_authority.ts";
import type { PublicFiles } from "../proxy/front.ts";

/** What clients may have of the CA: what its public folder holds. */
export function publicFilesOf(ca: CertificateAuthority): PublicFiles {
  const pem = "application/x-pem-file";
  const paths = new Map([
    ["ca.pem", { path: ca.publicPath, contentType: pem }],
    ["ca-bundle.pem", { path: ca.bundlePath, contentType: pem }],
  ]);
  return {
    read: async (name) => {
      const file = paths.get(name);
      if (file === undefined) return undefined;
      return { contentType: file.contentType, body: await Deno.readFile(file.path) };
    },
  };
}
