import { CaError } from "../ca/ca_error.ts";
import { CertificateAuthority } from "../ca/certificate_authority.ts";
import type { Config } from "../config/config.ts";
import { StartError } from "../secrets/start_error.ts";

/**
 * Opens the CA, or makes it.
 *
 * @param extraAnchors What the bundle for clients holds besides, PEM.
 * @throws {StartError} If that cannot be done.
 */
export async function openCa(
  config: Config,
  extraAnchors: readonly string[],
): Promise<CertificateAuthority> {
  try {
    return await CertificateAuthority.open({
      directory: config.caDir,
      given: config.givenCa,
      now: () => Date.now(),
      extraAnchors,
    });
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    const where = config.givenCa === undefined ? "--ca-dir" : "--ca-cert, --ca-key";
    throw new StartError([{ where, message: error.message }]);
  }
}
