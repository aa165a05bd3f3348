/** A folder with a node_modules of links, in which the compiler finds the packages' types. */
export interface PackageLinks {
  readonly folder: string;
  remove(): Promise<void>;
}

/** What is read of deno.lock. */
interface Lock {
  /** What was asked for, to the version that it got. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, unknown>>;
}

/**
 * Links every package of deno.lock that Deno has in its cache into a temporary node_modules.
 *
 * Deno resolves packages out of its cache, the compiler's API only out of a node_modules. A package
 * that is not in the cache was never imported; it is left out, and its types would be `any`.
 */
export async function linkPackages(): Promise<PackageLinks> {
  // Importing a file of it brings it into the cache: no code of ours loads it otherwise.
  const nodeTypes = "@types/node/package.json";
  await import(nodeTypes, { with: { type: "json" } });
  const cache = new URL("../../", import.meta.resolve("typescript/package.json"));
  const folder = await Deno.makeTempDir({ prefix: "auth-proxy-types-" });
  for (const { name, version } of await lockedPackages()) {
    const target = new URL(`${name}/${version}/`, cache);
    const link = `${folder}/node_modules/${name}`;
    if (!await isThere(target)) continue;
    await Deno.mkdir(link.slice(0, link.lastIndexOf("/")), { recursive: true });
    await Deno.symlink(target, link, { type: "dir" });
  }
  return { folder, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** One version of each; what deno.json names itself comes before what only packages ask for. */
async function lockedPackages(): Promise<{ name: string; version: string }[]> {
  const text = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  const lock: Lock = JSON.parse(text);
  const wanted = Object.entries(lock.specifiers).map(([specifier, version]) =>
    `${specifier.slice("npm:".length, specifier.lastIndexOf("@"))}@${version}`
  );
  const versions = new Map<string, string>();
  for (const id of [...wanted, ...Object.keys(lock.npm)]) {
    // NAME@VERSION, and after an underscore the peers it was resolved with.
    const match = /^(@?[^@]+)@([^_]+)/.exec(id);
    const [name, version] = [match?.[1], match?.[2]];
    if (name === undefined || version === undefined || versions.has(name)) continue;
    versions.set(name, version);
  }
  return [...versions].map(([name, version]) => ({ name, version }));
}

async function isThere(path: URL): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
