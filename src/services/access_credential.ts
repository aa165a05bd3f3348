import { bearer, type CredentialFormat, type FieldTemplate } from "../policy/credential_format.ts";
import type { Carriers } from "../policy/inject.ts";
import { dateOf } from "../secrets/client_certificate.ts";
import { type ExecCredential, parseExecCredential } from "../secrets/exec_credential.ts";
import { type ExecPlugin, runExecPlugin } from "../secrets/exec_plugin.ts";
import { type Obtained, Renewable, RenewalError } from "../secrets/renewable.ts";
import { renewalTime } from "../secrets/renewal_times.ts";
import { parseSecretValue, type Secret } from "../secrets/secret.ts";
import { readRegularFile } from "../secrets/text_file.ts";
import { ChangingCredential } from "./changing_credential.ts";
import type { CredentialParts } from "./credential_source.ts";
import type { AccessCredential } from "./cluster_access.ts";

/** What the credentials of clusters are obtained with. */
export interface CredentialWorld {
  /** The clock: milliseconds since the epoch. */
  readonly now: () => number;
  /** What plugins are run in. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long a plugin may take, in milliseconds. */
const PLUGIN_TIMEOUT = 30_000;
/** How long a plugin that has failed is left alone, in milliseconds. */
const PLUGIN_PAUSE = 5_000;
/** How old what was read from a token file may be, in milliseconds. */
const TOKEN_FILE_AGE = 2_000;
/** The longest token file, in bytes: no credential that fits a header field is longer. */
const TOKEN_FILE_LIMIT = 64 * 1024;

/**
 * Makes the credential of one user of a cluster, ready to be injected.
 *
 * @param options `name` begins the names of its secrets; `title` is what it is called in messages,
 * which clients may see.
 */
export function openAccessCredential(
  credential: AccessCredential,
  { name, title, carriers, world }: {
    name: string;
    title: string;
    carriers: Carriers;
    world: CredentialWorld;
  },
): ChangingCredential {
  return new ChangingCredential(sourceOf(credential, { name, title, world }), { carriers });
}

/** What such a credential adds to requests, before it is there; and what people call it. */
export function describeAccess(
  credential: AccessCredential,
): { fields: readonly FieldTemplate[]; note: string } {
  if (credential.kind === "exec") {
    return { fields: [tokenTemplate], note: `what the plugin ${credential.plugin.command} gives` };
  }
  const { clientCertificate: pair } = credential;
  const certificate = pair === undefined
    ? []
    : [`the client certificate ${pair.subject} (valid until ${dateOf(pair.notAfter)})`];
  if (credential.kind === "token_file") {
    const note = [`the token in ${credential.path}`, ...certificate].join(" and ");
    return { fields: [tokenTemplate], note };
  }
  if (credential.basic !== undefined) {
    const note = [`the password of ${credential.basic.user}`, ...certificate].join(" and ");
    return { fields: [passwordTemplate(credential.basic.user)], note };
  }
  if (credential.token === undefined) return { fields: [], note: certificate.join() };
  return { fields: [tokenTemplate], note: ["its token", ...certificate].join(" and ") };
}

const tokenTemplate: FieldTemplate = { name: "Authorization", format: bearer, variable: "token" };

function passwordTemplate(user: string): FieldTemplate {
  const format: CredentialFormat = { kind: "basic", user };
  return { name: "Authorization", format, variable: "password" };
}

function sourceOf(
  credential: AccessCredential,
  { name, title, world }: { name: string; title: string; world: CredentialWorld },
): Renewable<CredentialParts> {
  const { now } = world;
  switch (credential.kind) {
    case "fixed": {
      const { token, basic, clientCertificate } = credential;
      const fields = token !== undefined
        ? [{ ...tokenTemplate, secret: token }]
        : basic !== undefined
        ? [{ ...passwordTemplate(basic.user), secret: basic.password }]
        : [];
      const value = withCertificate(fields, clientCertificate);
      const first = { value, ...expiryOf(clientCertificate) };
      return new Renewable({ title, now, first, meanwhile: "keep", pause: 0 });
    }
    case "token_file": {
      const obtain = tokenFileReader(credential, { name, now });
      return new Renewable({ title, now, obtain, meanwhile: "drop", pause: 0 });
    }
    case "exec": {
      const obtain = pluginRunner(credential.plugin, { name, world });
      return new Renewable({ title, now, obtain, meanwhile: "keep", pause: PLUGIN_PAUSE });
    }
  }
}

/** The file is read anew each time; the same text is the same value. */
function tokenFileReader(
  { path, clientCertificate }: AccessCredential & { kind: "token_file" },
  { name, now }: { name: string; now: () => number },
): () => Promise<Obtained<CredentialParts>> {
  let last: { readonly text: string; readonly value: CredentialParts } | undefined;
  return async () => {
    const read = await readRegularFile(path, TOKEN_FILE_LIMIT);
    // Where it lies is for the operator to know, not for clients.
    if ("message" in read) throw new RenewalError(`its token file cannot be read: ${read.message}`);
    const text = read.text.trim();
    if (last?.text !== text) {
      const parsed = parseSecretValue(`${name} token`, text);
      if ("refusal" in parsed) throw new RenewalError(`the token in its file ${parsed.refusal}`);
      const fields = [{ ...tokenTemplate, secret: parsed.secret }];
      last = { text, value: withCertificate(fields, clientCertificate) };
    }
    return {
      value: last.value,
      renewAt: now() + TOKEN_FILE_AGE,
      ...expiryOf(clientCertificate),
    };
  };
}

function pluginRunner(
  plugin: ExecPlugin,
  { name, world: { now, environment } }: { name: string; world: CredentialWorld },
): () => Promise<Obtained<CredentialParts>> {
  let last: { readonly text: string; readonly obtained: ExecCredential & ValueOf } | undefined;
  return async () => {
    const text = await runExecPlugin(plugin, { environment, timeout: PLUGIN_TIMEOUT });
    const { apiVersion } = plugin;
    const found = parseExecCredential(text, { apiVersion, name, now: now() });
    if (last?.text !== text) {
      const fields = found.token === undefined ? [] : [{ ...tokenTemplate, secret: found.token }];
      last = {
        text,
        obtained: { ...found, value: withCertificate(fields, found.clientCertificate) },
      };
    }
    const { value, expiresAt } = last.obtained;
    const expiry = expiresAt === undefined ? {} : { expiresAt };
    return { value, ...expiry, renewAt: renewalTime({ now: now(), ...expiry }) };
  };
}

interface ValueOf {
  readonly value: CredentialParts;
}

function withCertificate(
  fields: readonly (FieldTemplate & { readonly secret: Secret })[],
  clientCertificate: CredentialParts["clientCertificate"],
): CredentialParts {
  return { fields, ...(clientCertificate === undefined ? {} : { clientCertificate }) };
}

function expiryOf(
  certificate: CredentialParts["clientCertificate"],
): { expiresAt?: number } {
  return certificate === undefined ? {} : { expiresAt: certificate.notAfter };
}
