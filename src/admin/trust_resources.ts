import type { Hono } from "hono";
import { trustFileNames, type TrustFiles } from "../ca/trust_files.ts";

/** `/admin/ca.pem`, `/admin/ca-bundle.pem` and `/admin/truststore.p12`. */
export function addTrustResources(app: Hono, files: TrustFiles): void {
  for (const name of trustFileNames) {
    app.get(`/admin/${name}`, async (c) => {
      const { bytes, contentType } = await files.read(name);
      return c.body(bytes, 200, { "Content-Type": contentType });
    });
  }
}
