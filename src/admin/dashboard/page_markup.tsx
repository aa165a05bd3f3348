import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { ExplainSection, RatesSection, RulesSection } from "./lookup_sections.tsx";
import { AttentionSection, PlotsSection, RequestsSection } from "./traffic_sections.tsx";

/**
 * The page before its script has filled it: nothing in it depends on this proxy, or on a client.
 *
 * @param options `asksForToken`: nobody had to prove anything to get it, so that it asks who it is.
 */
export function pageMarkup(
  { asksForToken }: { readonly asksForToken: boolean },
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const page = (
    <html lang="en" data-access={asksForToken ? "token" : "granted"}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>auth-proxy</title>
        <link rel="icon" href="/dashboard/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/dashboard/colours.css" />
        <link rel="stylesheet" href="/dashboard/layout.css" />
        <link rel="stylesheet" href="/dashboard/forms.css" />
        <link rel="stylesheet" href="/dashboard/traffic.css" />
        <link rel="stylesheet" href="/dashboard/tables.css" />
        <script src="/dashboard/theme.js" type="module" />
        <script src="/dashboard/main.js" type="module" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <Header />
        <noscript>
          <p class="banner bad">This page needs JavaScript. The admin API does not.</p>
        </noscript>
        <SignIn />
        <main id="main" tabindex={-1} hidden>
          <div id="rejected" class="banner bad" role="alert" hidden />
          <AttentionSection />
          <PlotsSection />
          <RequestsSection />
          <RatesSection />
          <ExplainSection />
          <RulesSection />
          <footer id="about" />
        </main>
      </body>
    </html>
  );
  return raw(`<!doctype html>${page}`);
}

function Header() {
  return (
    <header class="top">
      <h1>
        <img src="/dashboard/icon.svg" alt="" width="24" height="24" />auth-proxy
      </h1>
      <p id="connection" class="pill" role="status">not signed in</p>
      <nav aria-label="Sections" id="sections" hidden>
        <a href="#attention">Attention</a>
        <a href="#requests">Requests</a>
        <a href="#rates">Rates</a>
        <a href="#explain">Explain</a>
        <a href="#rules">Rules</a>
      </nav>
      <div class="tools">
        <button type="button" id="theme">Theme: system</button>
        <button type="button" id="sign-out" hidden>Sign out</button>
      </div>
    </header>
  );
}

function SignIn() {
  return (
    <main id="sign-in" class="card" aria-labelledby="sign-in-title" hidden>
      <h2 id="sign-in-title">Sign in</h2>
      <p>
        When the proxy started, it printed which file the admin token is in:{" "}
        <code>private/admin-token</code> of its <code>--ca-dir</code>, or{" "}
        <code>--admin-token-file</code>.
      </p>
      <form id="sign-in-form">
        <input
          type="text"
          name="username"
          value="admin"
          autocomplete="username"
          hidden
          aria-label="User"
        />
        <label for="token">Admin token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          aria-describedby="sign-in-problem"
        />
        <button type="submit" class="primary">Sign in</button>
        <p id="sign-in-problem" class="problem" role="alert" />
      </form>
    </main>
  );
}
