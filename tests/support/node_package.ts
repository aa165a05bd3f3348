/**
 * The folder of an npm package, in Deno's cache, for a test that hands it to Node.
 *
 * @param specifier name and exact version, `NAME@VERSION`
 */
export async function nodePackage(specifier: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", "--no-lock", `npm:${specifier}`],
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot find ${specifier}: ${decoder.decode(stderr)}`);
  const path = JSON.parse(decoder.decode(stdout)).npmPackages[specifier]?.localPath;
  if (typeof path !== "string") throw new Error(`Cannot find ${specifier} in Deno's cache`);
  return path;
}
