/**
 * A headless Chromium, for tests of what the proxy serves to browsers.
 *
 * @module
 */

import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Where Debian's package `chromium` puts it. */
export const chromiumPath = "/usr/bin/chromium";

/** Demands Chromium. */
export function needsChromium(): string | undefined {
  try {
    return Deno.statSync(chromiumPath).isFile ? undefined : `${chromiumPath} is no file`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "chromium is not installed";
    throw error;
  }
}

/** Nothing but the pages that a test opens, and nothing from outside this machine. */
const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  /** What the pages have complained of: errors of scripts, violations of the policy. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    // Playwright makes a new profile for it, and removes it.
    const browser = await chromium.launch({ executablePath: chromiumPath, args });
    return new TestBrowser(browser);
  }

  /** A page of a profile of its own. */
  async open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    const context: BrowserContext = await this.#browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
