/**
 * The contract: no page but the dashboard's own has anything from the admin listener, even in a
 * browser that knows the admin token.
 */

import assert from "node:assert/strict";
import { needsChromium, TestBrowser } from "../support/browser.ts";
import { createWorld, rows } from "../support/dashboard_world.ts";
import { testWith } from "../support/tools.ts";
import { waitUntil } from "../support/wait_until.ts";

testWith("off loopback the browser itself asks for the token, and the page does not", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld(["--admin", "0.0.0.0:0"]);
    await using browser = await TestBrowser.launch();
    const url = world.proxy.adminUrl.replace("0.0.0.0", "127.0.0.1");
    const httpCredentials = { username: "admin", password: world.token };
    const page = await browser.open({ httpCredentials });
    await page.goto(url);
    await page.getByText("live", { exact: true }).waitFor();
    await world.get("/user");
    await page.locator(rows, { hasText: "/user" }).waitFor();
    assert.deepEqual(browser.complaints, []);
    const stranger = await browser.open();
    await assert.rejects(stranger.goto(url), /ERR_INVALID_AUTH_CREDENTIALS/);
  },
});

testWith("a page of another port gets nothing from the dashboard, and changes nothing", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld(["--admin", "0.0.0.0:0"]);
    await using browser = await TestBrowser.launch();
    const url = world.proxy.adminUrl.replace("0.0.0.0", "127.0.0.1");
    await using evil = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(evilPage(url), { headers: { "Content-Type": "text/html" } }),
    );
    const httpCredentials = { username: "admin", password: world.token };
    const page = await browser.open({ httpCredentials });
    // The browser knows the password now.
    await page.goto(url);
    await page.getByText("live", { exact: true }).waitFor();
    const statuses: number[] = [];
    page.on("response", (response) => {
      if (response.url().startsWith(url)) statuses.push(response.status());
    });
    await page.goto(`http://127.0.0.1:${evil.addr.port}/`);
    await waitUntil(async () => await page.title() !== "", { what: "it has tried everything" });
    const outcomes = JSON.parse(await page.title());
    assert.deepEqual(outcomes, [
      "failed",
      "failed",
      "failed",
      "failed",
      "failed",
      "failed",
      "framed",
    ]);
    assert.ok(statuses.length > 0 && statuses.every((status) => status === 403), statuses.join());
    const metrics = await fetch(`${url}/metrics`, {
      headers: { Authorization: `Bearer ${world.token}` },
    });
    assert.match(await metrics.text(), /config_reloads_total\{result="reloaded"\} 0/);
  },
});

/** A page that tries what a page can; its title says what came of it. */
function evilPage(admin: string): string {
  return `<!doctype html><body><script type="module">
    const tried = (path, options) =>
      fetch("${admin}" + path, { credentials: "include", ...options }).then(
        ({ type, status }) => type + " " + status,
        () => "failed",
      );
    const loaded = (tag, src) => new Promise((resolve) => {
      const made = Object.assign(document.createElement(tag), { src: "${admin}" + src });
      made.onload = () => resolve(made.contentDocument === undefined ? "loaded" : "framed");
      made.onerror = () => resolve("failed");
      document.body.append(made);
    });
    document.title = JSON.stringify([
      await tried("/admin/rules", {}),
      await tried("/admin/events", { mode: "no-cors" }),
      await tried("/admin/reload", { method: "POST" }),
      await tried("/admin/reload", { method: "POST", mode: "no-cors" }),
      await loaded("img", "/dashboard/icon.svg"),
      await loaded("script", "/dashboard/theme.js"),
      await loaded("iframe", "/"),
    ]);
  </script>`;
}
