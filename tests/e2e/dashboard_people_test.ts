/**
 * The contract: the dashboard can be used by keyboard alone, in either theme, on a phone, and with
 * what axe-core looks for in order.
 */

import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { needsChromium, TestBrowser } from "../support/browser.ts";
import { createWorld, rows, signIn, waitForRows } from "../support/dashboard_world.ts";
import { testWith } from "../support/tools.ts";

async function assertAccessible(page: Page, what: string): Promise<void> {
  // Run by the debugger: the page's own policy would not let such a script in.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
  assert.deepEqual(found, [], what);
}

testWith("the dashboard is accessible in both themes, and on a phone no wider than the screen", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld();
    await using browser = await TestBrowser.launch();
    await world.get("/user/".padEnd(300, "x"));
    await world.get("/admin/");
    const page = await browser.open({ viewport: { width: 375, height: 812 } });
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await page.goto(world.proxy.adminUrl);
    await assertAccessible(page, "the sign-in");
    await signIn(page, world);
    await page.locator(rows).nth(1).waitFor();
    await page.getByText("not configured", { exact: false }).first().waitFor();
    await page.getByLabel("URL").fill("https://api.github.com/");
    await page.keyboard.press("Enter");
    await page.locator("#explanation dd").first().waitFor();
    const grounds: string[] = [];
    for (const theme of ["light", "dark"]) {
      // First as the system says; the button then says the other thing, and is remembered.
      await page.emulateMedia({ colorScheme: theme as "light" | "dark" });
      grounds.push(await ground());
      for (const viewport of [{ width: 375, height: 812 }, { width: 1280, height: 900 }]) {
        await page.setViewportSize(viewport);
        await assertAccessible(page, `${theme}, ${viewport.width}`);
        assert.equal(
          await page.evaluate("document.documentElement.scrollWidth"),
          viewport.width,
          `${theme}, ${viewport.width}`,
        );
      }
    }
    const [light, dark] = grounds;
    assert.notEqual(light, dark);
    await page.getByRole("button", { name: "Theme: system" }).click();
    assert.equal(await ground(), light, "light was chosen while the system is dark");
    await page.reload();
    await page.getByRole("button", { name: "Theme: light" }).waitFor();
    assert.equal(await ground(), light);
    assert.deepEqual(browser.complaints, []);
  },
});

testWith("the dashboard can be used by keyboard alone", {
  needs: [needsChromium],
  fn: async () => {
    await using world = await createWorld();
    await using browser = await TestBrowser.launch();
    await world.get("/one");
    await world.get("/two");
    const page = await browser.open();
    const focused = () =>
      page.evaluate<string>("document.activeElement.id || document.activeElement.textContent");
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    /** Where the focus goes, by Tab, until it is there. */
    const tabTo = async (id: string) => {
      const way: string[] = [];
      for (let steps = 0; steps < 60; steps++) {
        const at = await focused();
        if (at === id) return;
        way.push(at);
        await press("Tab");
      }
      assert.fail(`Tab does not lead to ${id}: ${way.join(", ")}`);
    };
    await page.goto(world.proxy.adminUrl);
    // The field has the focus already.
    await page.keyboard.type(world.token);
    await press("Enter");
    await page.locator(rows).nth(1).waitFor();
    assert.equal(await focused(), "main");
    await press("/");
    assert.equal(await focused(), "filter");
    await page.keyboard.type("/two");
    await waitForRows(page, 1);
    await press("Tab");
    assert.equal(await focused(), "pause");
    await press("Space");
    assert.equal(await page.locator("#pause").getAttribute("aria-pressed"), "true");
    await press("Space");
    await tabTo("explain-method");
    await press("ArrowDown", "Tab");
    await page.keyboard.type("https://sentry.io/");
    await press("Enter");
    await page.locator("#explanation dd").first().waitFor();
    await tabTo("reload");
    await press("Enter");
    await page.getByText("Reloaded.").waitFor();
    await tabTo("inactive-summary");
    await press("Enter");
    await page.locator("#inactive[open]").waitFor();
    // Whatever has the focus shows it.
    await press("Shift+Tab");
    assert.notEqual(
      await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"),
      "none",
    );
    await tabTo("sign-out");
    await press("Enter");
    await page.getByLabel("Admin token").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    assert.equal(await page.locator(rows).count(), 0);
  },
});
