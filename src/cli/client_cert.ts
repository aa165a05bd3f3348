import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { agentRegistryPath, readAgentRegistry } from "../ca/agent_registry_file.ts";
import { replaceFile } from "../ca/atomic_file.ts";
import { caPaths } from "../ca/ca_paths.ts";
import { ClientAuthority } from "../ca/client_authority.ts";
import { fileFailure } from "../secrets/file_failure.ts";
import { writePrivateFile } from "../ca/private_files.ts";
import { parseAgentName } from "../policy/agent_name.ts";
import { runOrComplain } from "./complain.ts";
import { writeLine } from "./write_line.ts";

const LONGEST_DAYS = 1825;

export interface ClientCertOptions {
  readonly caDir: string;
  /** The folder to write to; made if it does not exist. */
  readonly out: string;
  /** How long the certificate is valid, as text. */
  readonly days: string;
}

/**
 * `auth-proxy client-cert NAME`: writes NAME.pem and NAME-key.pem (0600), by which an agent proves who
 * it is at --listen-tls. Nothing is registered: `auth-proxy agent revoke NAME` is what ends it early.
 *
 * @returns The exit status.
 */
export function runClientCert(name: string, options: ClientCertOptions): Promise<number> {
  return runOrComplain(async () => {
    parseAgentName(name);
    const days = parseDays(options.days);
    const { privateFolder } = caPaths(options.caDir);
    const registry = await readAgentRegistry(agentRegistryPath(privateFolder));
    if (registry?.revoked.has(name)) {
      throw new Error(
        `Cannot issue a certificate to ${name}: it has been revoked; use another name`,
      );
    }
    const authority = await ClientAuthority.open(privateFolder, () => Date.now());
    const { certificatePem, keyPem, notAfter } = await authority.issue(name, days);
    const certificatePath = join(options.out, `${name}.pem`);
    const keyPath = join(options.out, `${name}-key.pem`);
    await makeFolder(options.out);
    await writePrivateFile(keyPath, keyPem);
    await replaceFile(certificatePath, certificatePem, { mode: 0o644 });
    writeLine(Deno.stdout, certificatePath);
    writeLine(Deno.stdout, keyPath);
    writeLine(Deno.stderr, `agent ${name}: valid until ${new Date(notAfter).toISOString()}`);
  });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new Error(`Cannot create the folder ${JSON.stringify(path)}: ${fileFailure(error)}`);
  }
}

function parseDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= LONGEST_DAYS) return days;
  throw new Error(`Cannot parse --days "${text}": write a whole number from 1 to ${LONGEST_DAYS}`);
}
