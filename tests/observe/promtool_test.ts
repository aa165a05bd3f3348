import assert from "node:assert/strict";
import { countedMetrics } from "../support/counted_metrics.ts";
import { promtool } from "../support/promtool.ts";
import { testWith, tool } from "../support/tools.ts";

testWith("promtool finds nothing to say of the text of /metrics", {
  needs: [tool("promtool")],
  fn: async () => {
    const text = await countedMetrics().text();
    assert.equal(await promtool(["check", "metrics"], { input: text }), undefined);
    const bad = text.replaceAll("auth_proxy_tunnels_total", "auth_proxy_tunnels");
    assert.match(await promtool(["check", "metrics"], { input: bad }) ?? "", /_total/);
  },
});
