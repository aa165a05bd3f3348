/**
 * Prints what a release is made of, as CycloneDX 1.6 in JSON: every package that the program loads, with
 * the hash that deno.lock pins, and the Deno that runs it. What only tests and checks load is not in it.
 *
 * Run: `./scripts/deno task sbom > sbom.cdx.json`. Equal inputs give equal output, so that it can be
 * signed and compared.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** deno.lock, as far as it is read here. */
export interface LockFile {
  readonly version: string;
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** `sha512-…`, in base64. */
  readonly integrity: string;
  readonly dependencies?: readonly string[];
}

/** What is described. */
export interface Release {
  readonly version: string;
  readonly denoVersion: string;
  readonly lock: LockFile;
  /** Keys of the lock's packages that the program itself imports: `hono@4.13.19`. */
  readonly direct: readonly string[];
}

/** The versions of deno.lock that {@linkcode describeRelease} was written for. */
const LOCK_VERSION = "5";

/**
 * Describes a release.
 *
 * @returns A document of CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/).
 * @throws {Error} If the lock has another form, or lacks a package.
 */
export function describeRelease({ version, denoVersion, lock, direct }: Release) {
  if (lock.version !== LOCK_VERSION) {
    throw new Error(`Cannot read deno.lock of version ${lock.version}: this reads ${LOCK_VERSION}`);
  }
  const name = "auth-proxy";
  const root = `pkg:generic/${name}@${version}`;
  const deno = `pkg:github/denoland/deno@v${denoVersion}`;
  const keys = reachable(direct, lock);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { "bom-ref": root, type: "application", name, version, purl: root },
    },
    components: [
      { "bom-ref": deno, type: "platform", name: "deno", version: denoVersion, purl: deno },
      ...keys.map((key) => component(key, packageOf(lock, key))),
    ],
    dependencies: [
      { ref: root, dependsOn: [deno, ...direct.map(purlOf).toSorted()] },
      ...keys.map((key) => ({
        ref: purlOf(key),
        dependsOn: dependenciesOf(lock, key).map(purlOf).toSorted(),
      })),
    ],
  };
}

function component(key: string, { integrity }: LockedPackage) {
  const { scope, name, version } = parseKey(key);
  const [algorithm, digest = ""] = integrity.split("-", 2);
  if (algorithm !== "sha512") throw new Error(`Cannot use the hash of ${key}: ${algorithm}`);
  return {
    "bom-ref": purlOf(key),
    type: "library",
    ...(scope === undefined ? {} : { group: scope }),
    name,
    version,
    purl: purlOf(key),
    hashes: [{ alg: "SHA-512", content: Uint8Array.fromBase64(digest).toHex() }],
  };
}

/** The keys that are needed for these, and they themselves, sorted. */
function reachable(direct: readonly string[], lock: LockFile): string[] {
  const found = new Set<string>();
  const waiting = [...direct];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    waiting.push(...dependenciesOf(lock, key));
  }
  return [...found].sort();
}

/** A dependency is written without its version where only one of its name is locked. */
function dependenciesOf(lock: LockFile, key: string): string[] {
  return (packageOf(lock, key).dependencies ?? []).map((name) => {
    if (name in lock.npm) return name;
    const [only, ...others] = Object.keys(lock.npm).filter((each) => each.startsWith(`${name}@`));
    if (only === undefined || others.length > 0) {
      throw new Error(`Cannot tell which ${name} it is that ${key} depends on: mend deno.lock`);
    }
    return only;
  });
}

function packageOf(lock: LockFile, key: string): LockedPackage {
  const found = lock.npm[key];
  if (found === undefined) throw new Error(`deno.lock has no ${key}: run deno install`);
  return found;
}

/** `@scope/name@1.2.3`, and after it `_peer@4.5.6` where a package is there once for each peer. */
function parseKey(key: string): { scope: string | undefined; name: string; version: string } {
  const match = /^(?:(@[^/@]+)\/)?([^/@]+)@([^_]+)/.exec(key);
  if (match === null) throw new Error(`Cannot parse ${JSON.stringify(key)} of deno.lock`);
  const [, scope, name = "", version = ""] = match;
  return { scope, name, version };
}

/** The package URL (https://github.com/package-url/purl-spec), in which the scope's `@` is encoded. */
function purlOf(key: string): string {
  const { scope, name, version } = parseKey(key);
  const path = scope === undefined ? name : `${scope.replace("@", "%40")}/${name}`;
  return `pkg:npm/${path}@${version}`;
}

/**
 * Asks Deno which packages a program imports, in every module that it may load.
 *
 * @param entry The program's path.
 * @returns Keys of the lock's packages, sorted.
 * @throws {Error} If Deno cannot tell.
 */
export async function importedBy(entry: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen", entry],
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const info = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: readonly { npmPackage?: string }[];
  };
  return [...new Set(info.modules.flatMap(({ npmPackage }) => npmPackage ?? []))].sort();
}

if (import.meta.main) {
  const lock: LockFile = JSON.parse(await Deno.readTextFile("deno.lock"));
  const document = describeRelease({
    version: project.version,
    denoVersion: Deno.version.deno,
    lock,
    direct: await importedBy("main.ts"),
  });
  console.log(JSON.stringify(document, null, 2));
}
