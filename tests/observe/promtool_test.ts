import assert from "node:assert/strict";
import { Metrics } from "../../src/observe/metrics.ts";
import { metricSources } from "../support/metric_sources.ts";
import { testWith, tool } from "../support/tools.ts";

/** Runs promtool; gives what it says if it is not content. */
async function promtool(args: readonly string[], input = ""): Promise<string | undefined> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  // `check metrics` exits 0 for some of what it finds.
  return success && !/error|warn/i.test(said) ? undefined : said;
}

testWith("promtool finds nothing in the text of /metrics", {
  needs: [tool("promtool")],
  fn: async () => {
    const names = { rules: ["github"], secrets: ["T"], placeholders: ["T"] };
    const metrics = new Metrics(names, metricSources);
    const subject = { rule: "github", agent: "ci" };
    const ms = { total: 9, connect: 3, firstByte: 2 };
    metrics.countExchange({ ...subject, decision: "allow", status: 200, ms });
    metrics.countTunnel("allow");
    metrics.countRateLimited(subject);
    const text = await metrics.text();
    assert.equal(await promtool(["check", "metrics"], text), undefined);
    const bad = text.replaceAll("auth_proxy_tunnels_total", "auth_proxy_tunnels");
    assert.match(await promtool(["check", "metrics"], bad) ?? "", /_total/);
  },
});
