import { truststorePassword } from "../clients/client_variables.ts";

/** By their names in the public folder. */
const contentTypes = {
  "ca.pem": "application/x-pem-file",
  "ca-bundle.pem": "application/x-pem-file",
  "truststore.p12": "application/pkcs12",
} as const;

/** The name of a file that clients may have. */
export type TrustFileName = keyof typeof contentTypes;

/** The names of all of them. */
export const trustFileNames = Object.keys(contentTypes) as readonly TrustFileName[];

export interface TrustFile {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * What a client needs to trust the proxy: our certificate, the bundle with it, the same as a truststore
 * for Java. They come from memory, as a container may have been able to write to the public folder.
 */
export class TrustFiles {
  readonly #pem: Readonly<Record<"ca.pem" | "ca-bundle.pem", string>>;
  #truststore: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(texts: { readonly certificatePem: string; readonly bundlePem: string }) {
    this.#pem = { "ca.pem": texts.certificatePem, "ca-bundle.pem": texts.bundlePem };
  }

  /** The file, to be sent to whoever asks: none of them holds anything secret. */
  async read(name: TrustFileName): Promise<TrustFile> {
    const bytes = name === "truststore.p12"
      ? await (this.#truststore ??= this.#makeTruststore())
      : new TextEncoder().encode(this.#pem[name]);
    return { contentType: contentTypes[name], bytes };
  }

  async #makeTruststore(): Promise<Uint8Array<ArrayBuffer>> {
    const { makeTruststore } = await import("./truststore.ts");
    return makeTruststore(this.#pem["ca-bundle.pem"], truststorePassword);
  }
}
