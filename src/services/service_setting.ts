/** What the configuration says of a service of the catalogue. */
export interface ServiceSetting {
  /** Where it stands: `auth-proxy.yaml:7:5`. */
  readonly where: string;
  /** Off even if its variable is set; or on even if it is not, and then answered with 502. */
  readonly enabled: boolean;
  /** Names of secrets, by the option that they are given under. */
  readonly secrets: Readonly<Partial<Record<CredentialOption, string>>>;
  /** The customer's own hosts. */
  readonly hosts?: readonly string[];
  /** The user of Basic. */
  readonly user?: string;
}

/** How a service's credential is called in the configuration. */
export type CredentialOption = "token" | "oauth_token" | "pat";

/** The options that a service has. */
export interface ServiceOptions {
  readonly name: string;
  readonly credentials: readonly CredentialOption[];
  readonly hosts: boolean;
  readonly user: boolean;
}

/** A cluster that the configuration names; paths are absolute. */
export interface ClusterSetting {
  readonly where: string;
  readonly service: "kubernetes" | "talos";
  readonly name: string;
  readonly server: string;
  /** The name of a secret. */
  readonly token?: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
}
