/** What `/metrics` of a proxy tells: each sample, by name and labels as they are written there. */
export async function metricSamples(
  { adminUrl }: { readonly adminUrl: string },
): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${adminUrl}/metrics`);
  const lines = (await response.text()).split("\n");
  return new Map(
    lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
