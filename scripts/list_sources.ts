/**
 * The TypeScript files (.ts, .tsx) below `folder`, as paths from `root` with forward slashes, sorted.
 *
 * A folder that does not exist has none.
 */
export async function listSources(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) found.push(...await listSources(root, path));
      else if (/\.tsx?$/.test(path)) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}
