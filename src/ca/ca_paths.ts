import { join } from "node:path";
import { phpSettings } from "../clients/php_settings.ts";

/** Where the parts of a CA lie below its `--ca-dir`. */
export interface CaPaths {
  /** Mode 0700: the key, and whatever else only the proxy may read. */
  readonly privateFolder: string;
  /** The folder that a container mounts. */
  readonly publicFolder: string;
  /** The key, and a copy of its certificate. */
  readonly key: string;
  /** The CA certificate. */
  readonly certificate: string;
  /** The system's roots and the CA certificate. */
  readonly bundle: string;
  /** The same certificates for Java. */
  readonly truststore: string;
  /** Settings for PHP. */
  readonly phpSettings: string;
}

/** The layout of a `--ca-dir`. */
export function caPaths(directory: string): CaPaths {
  const privateFolder = join(directory, "private");
  const publicFolder = join(directory, "public");
  return {
    privateFolder,
    publicFolder,
    key: join(privateFolder, "ca-key.pem"),
    certificate: join(publicFolder, "ca.pem"),
    bundle: join(publicFolder, "ca-bundle.pem"),
    truststore: join(publicFolder, "truststore.p12"),
    phpSettings: join(publicFolder, phpSettings.fileName),
  };
}
