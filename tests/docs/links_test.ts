/** The contract: what a page of the documentation points to is there. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function pages(): Promise<string[]> {
  const found = ["README.md"];
  for await (const { name } of Deno.readDir(join(root, "docs"))) {
    if (name.endsWith(".md")) found.push(`docs/${name}`);
  }
  return found.sort();
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6} (.+)$/gm)];
  return new Set(
    headings.map(([, heading = ""]) =>
      heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-")
    ),
  );
}

for (const page of await pages()) {
  Deno.test(`every link in ${page} leads somewhere`, async () => {
    const text = await Deno.readTextFile(join(root, page));
    const broken: string[] = [];
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? join(root, page) : join(root, dirname(page), file);
      const linked = await Deno.readTextFile(path).catch(async () =>
        await Deno.stat(path).then(() => "", () => undefined)
      );
      const isThere = linked !== undefined &&
        (anchor === undefined || anchorsOf(linked).has(anchor));
      if (!isThere) broken.push(target);
    }
    assert.deepEqual(broken, []);
  });
}
