import type { DeniedEndpoint } from "../policy/denied_endpoints.ts";

/** The API is at the root of api.github.com, and below `/api/v3` of an Enterprise Server. */
function api(...requests: readonly string[]): string[] {
  return requests.flatMap((request) => [request, request.replace(" /", " /api/v3/")]);
}

/**
 * GitHub's, on github.com and on an Enterprise Server.
 *
 * `/repositories/ID` and `/organizations/ID` are what `/repos/OWNER/NAME` and `/orgs/NAME` redirect
 * to after a rename.
 */
export const githubMinting: readonly DeniedEndpoint[] = [
  {
    name: "github-deploy-key",
    docs: "https://docs.github.com/en/rest/deploy-keys/deploy-keys",
    requests: api("POST /repos/*/*/keys", "POST /repositories/*/keys"),
  },
  {
    name: "github-user-key",
    docs: "https://docs.github.com/en/rest/users/keys",
    requests: [
      ...api(
        "POST /user/keys",
        "POST /user/gpg_keys",
        "POST /user/ssh_signing_keys",
        // Enterprise Server: keys of any user.
        "POST /admin/users/*/keys",
      ),
      // And of whoever administers the machine.
      "POST /manage/v1/access/ssh",
      "POST /setup/api/settings/authorized-keys",
    ],
  },
  {
    name: "github-app-token",
    docs: "https://docs.github.com/en/rest/apps/apps",
    requests: api(
      "POST /app/installations/*/access_tokens",
      "POST /installations/*/access_tokens",
      "POST /app-manifests/*/conversions",
    ),
  },
  {
    name: "github-oauth-token",
    docs: "https://docs.github.com/en/rest/apps/oauth-applications",
    requests: api(
      "POST|PATCH /applications/*/token/**",
      "POST /applications/*/tokens/*",
      // Enterprise Server: OAuth authorizations, and tokens to impersonate a user.
      "POST|PUT|PATCH /authorizations/**",
      "POST|PUT /admin/users/*/authorizations",
    ),
  },
  {
    name: "github-token-approval",
    docs: "https://docs.github.com/en/rest/orgs/personal-access-tokens",
    requests: api(
      "POST /orgs/*/personal-access-token-requests/**",
      "POST /organizations/*/personal-access-token-requests/**",
    ),
  },
  {
    name: "github-runner-token",
    docs: "https://docs.github.com/en/rest/actions/self-hosted-runners",
    requests: [
      // Of a repository, an organization or an enterprise.
      "POST /**/actions/runners/registration-token",
      "POST /**/actions/runners/remove-token",
      "POST /**/actions/runners/generate-jitconfig",
      // What the runner's own config script asks (actions/runner, ConfigurationManager).
      ...api("POST /actions/runner-registration"),
    ],
  },
  {
    // The answer about one codespace holds the tokens to connect to it, if the query asks for them
    // (cli/cli, internal/codespaces/api).
    name: "github-codespace-connection",
    docs: "https://docs.github.com/en/rest/codespaces/codespaces",
    requests: api(
      "GET|POST|PATCH /user/codespaces/*",
      "POST /user/codespaces/*/start",
      "GET|POST /vscs_internal/**",
      "GET|POST /codespaces_internal/**",
    ),
  },
  {
    // Undocumented, but what every Copilot client begins with.
    name: "github-copilot-token",
    docs: "https://docs.github.com/en/copilot/reference/copilot-allowlist-reference",
    requests: api("GET|POST /copilot_internal/**"),
  },
];
