import { trustFileNames, type TrustFiles } from "../ca/trust_files.ts";
import type { PublicFiles } from "../proxy/front.ts";

/** What clients may have from the proxy itself. */
export function openPublicFiles(trustFiles: TrustFiles): PublicFiles {
  return {
    read: async (name) => {
      const trustFile = trustFileNames.find((known) => known === name);
      if (trustFile === undefined) return undefined;
      const { bytes, contentType } = await trustFiles.read(trustFile);
      return { contentType, body: bytes };
    },
  };
}
