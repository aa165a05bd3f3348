/**
 * The contract: in a browser, the dashboard shows what the proxy does as it does it, the worst first,
 * and nothing that a client sends becomes markup.
 */

import assert from "node:assert/strict";
import { needsChromium, TestBrowser } from "../support/browser.ts";
import { runEnvironment } from "../support/client_variables.ts";
import { config, createWorld, rows, signIn, waitForRows } from "../support/dashboard_world.ts";
import { testWith } from "../support/tools.ts";

testWith("the dashboard wants the admin token, shows requests as they come, and explains", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld();
    await using browser = await TestBrowser.launch();
    const page = await browser.open();
    await world.get("/before");
    await page.goto(world.proxy.adminUrl);
    await page.getByLabel("Admin token").fill("not the token");
    await page.keyboard.press("Enter");
    await page.getByText("This is not the admin token").waitFor();
    assert.equal(await page.locator(rows).count(), 0);
    // The answer 401 is an error on the console.
    browser.complaints.length = 0;
    await page.getByLabel("Admin token").fill(world.token);
    await page.keyboard.press("Enter");
    await page.locator(rows, { hasText: "/before" }).waitFor();
    // The token is in no place that outlives the tab, and on no screen.
    assert.equal(await page.evaluate("localStorage.length + document.cookie.length"), 0);
    assert.ok(!(await page.content()).includes(world.token));

    await world.get("/user?secret=1");
    const row = page.locator(rows, { hasText: "/user" });
    await row.waitFor();
    assert.match(
      await row.textContent() ?? "",
      /allowed.*api\.github\.com:443\/user\?secret=\*.*github.*200.*added Authorization/,
    );
    await page.locator("#services tr", { hasText: "github" }).waitFor();
    await page.locator("#agents tr", { hasText: "anyone" }).waitFor();
    await page.locator("#plot-requests .bar.allowed").first().waitFor();
    // A single point has no height, so that it does not count as visible.
    await page.locator("#plot-latency path.line.median[d^=M]").waitFor({ state: "attached" });

    await page.getByLabel("URL").fill("https://api.github.com/admin/x");
    await page.keyboard.press("Enter");
    const explanation = page.locator("#explanation");
    await explanation.getByText("egress.deny[0]").first().waitFor();
    assert.match(await explanation.textContent() ?? "", /refused with status 403/);
    assert.deepEqual(browser.complaints, []);

    // It does not keep the proxy from stopping, and says that it is gone.
    await world.proxy.stop();
    await page.getByText("connecting again").waitFor();
  },
});

testWith("the dashboard tells of alarms first, then of what is broken, refused and failed", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld();
    await using browser = await TestBrowser.launch();
    const page = await browser.open();
    const { GITHUB_TOKEN } = await runEnvironment(world.proxy, ["GITHUB_TOKEN"]);
    await signIn(page, world);
    await world.get("/", "missing.example");
    await world.get("/admin/<img/src=x/onerror=document.title=1>");
    await world.get("/admin/again");
    await world.get(`/?note=${GITHUB_TOKEN}`, "sentry.io");
    await world.get("/quiet");
    const list = page.locator("#attention-list li");
    await list.filter({ hasText: "placeholder" }).waitFor();
    await list.filter({ hasText: "2 times" }).waitFor();
    await list.filter({ hasText: "answers 502" }).waitFor();
    assert.deepEqual(
      await page.locator("#attention-list .badge").allTextContents(),
      ["alarm", "broken", "soon", "refused", "failed"],
    );
    await page.locator("#rule-rows tr", { hasText: "soon.example" }).getByText("ends in 5 days")
      .waitFor();
    // What a client wrote is text.
    await page.locator(rows, { hasText: "onerror" }).waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    assert.notEqual(await page.title(), "1");
    // From there to the requests, and from those to others.
    await list.filter({ hasText: "2 times" }).getByRole("button").click();
    await waitForRows(page, 2);
    await page.getByLabel("Filter").fill("-refused github -sentry");
    await waitForRows(page, 1);
    assert.match(await page.locator(rows).textContent() ?? "", /\/quiet/);
    await page.getByLabel("Filter").fill("no such request");
    await page.getByText("Nothing matches.").waitFor();
    assert.deepEqual(browser.complaints, []);
  },
});

testWith("the dashboard tells of a configuration that was rejected until it is mended", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld();
    await using browser = await TestBrowser.launch();
    const page = await browser.open();
    await signIn(page, world);
    const banner = page.getByRole("alert").filter({ hasText: "was rejected" });
    assert.equal(await banner.count(), 0);
    await Deno.writeTextFile(world.configFile, "rulez: 1\n");
    await page.getByRole("button", { name: "Reload configuration" }).click();
    await banner.waitFor();
    assert.match(await banner.textContent() ?? "", /c\.yaml.*rulez/);
    await Deno.writeTextFile(world.configFile, config);
    await page.getByRole("button", { name: "Reload configuration" }).click();
    await page.getByText("Reloaded.").waitFor();
    await banner.waitFor({ state: "hidden" });
  },
});
