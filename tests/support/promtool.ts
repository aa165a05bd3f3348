/** Runs promtool; gives what it says if it is not content, `undefined` if it is. */
export async function promtool(
  args: readonly string[],
  { input = "", cwd }: { input?: string; cwd?: string } = {},
): Promise<string | undefined> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  return success ? undefined : said || "it says nothing";
}
