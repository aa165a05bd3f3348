import type { DeniedEndpoint } from "../policy/denied_endpoints.ts";
import { cloudflareMinting } from "./cloudflare_minting.ts";
import { clusterMinting } from "./cluster_minting.ts";
import { githubMinting } from "./github_minting.ts";
import { gitlabMinting } from "./gitlab_minting.ts";

/**
 * The endpoints that mint or read out credentials, by service: with one of these a client would get
 * a credential of its own, and use it past the proxy. They are denied unless `--allow-endpoint`
 * names them.
 *
 * What counts: whatever lets its holder act at the service, or in its account's name elsewhere,
 * without this proxy. What does not: links that are signed for one object (assets, uploads), the
 * public keys of event intakes (Sentry's DSN), PagerDuty's routing keys, which can only raise alerts
 * and stand in every answer about a service, and secrets that only verify a webhook. PyPI's upload
 * host mints nothing; Linear and Notion do so by GraphQL or not at all.
 *
 * What a path does not tell cannot be denied by it: see docs/services.md.
 */
export const mintingEndpoints: Readonly<Record<string, readonly DeniedEndpoint[]>> = {
  ...clusterMinting,
  github: githubMinting,
  "github-enterprise": githubMinting,
  gitlab: gitlabMinting,
  cloudflare: cloudflareMinting,
  claude: [
    {
      name: "claude-api-key",
      docs: "https://docs.claude.com/en/api/administration-api",
      requests: [
        "POST /*/organizations/api_keys/**",
        // What a login of Claude Code can do (the scope org:create_api_key).
        "POST /api/oauth/**/create_api_key",
        "POST /api/organizations/*/api_keys/**",
        "POST /*/oauth/token",
      ],
    },
    {
      name: "claude-member",
      docs: "https://docs.claude.com/en/api/administration-api",
      requests: [
        "POST /*/organizations/invites",
        "POST /*/organizations/users/*",
        "POST /*/organizations/workspaces/*/members/**",
      ],
    },
  ],
  openai: [
    {
      name: "openai-api-key",
      docs: "https://platform.openai.com/docs/api-reference/admin-api-keys",
      requests: [
        "POST /*/organization/admin_api_keys/**",
        "POST /*/organization/projects/*/api_keys/**",
        "POST /*/organization/projects/*/service_accounts/**",
        "POST /dashboard/**/api_keys/**",
      ],
    },
    {
      name: "openai-member",
      docs: "https://platform.openai.com/docs/api-reference/invite",
      requests: [
        "POST /*/organization/invites",
        "POST /*/organization/users/*",
        "POST /*/organization/projects/*/users/**",
      ],
    },
    {
      name: "openai-client-secret",
      docs: "https://platform.openai.com/docs/api-reference/realtime-sessions",
      requests: [
        "POST /*/realtime/client_secrets",
        "POST /*/realtime/sessions",
        "POST /*/realtime/transcription_sessions",
        "POST /*/realtime/translations/client_secrets",
        "POST /*/chatkit/sessions",
      ],
    },
  ],
  gemini: [
    {
      name: "gemini-ephemeral-token",
      docs: "https://ai.google.dev/gemini-api/docs/ephemeral-tokens",
      requests: [
        "POST /*/auth_tokens",
        "POST /*/authtokens",
        // Requests inside a request (https://cloud.google.com/apis/docs): any may be among them.
        "POST /batch/**",
      ],
    },
  ],
  slack: [
    {
      name: "slack-app-credentials",
      docs: "https://docs.slack.dev/reference/methods/apps.manifest.create",
      requests: ["GET|POST /api/apps.manifest.create", "GET|POST /api/apps.auth.external.get"],
    },
    {
      name: "slack-token",
      docs: "https://docs.slack.dev/reference/methods/tooling.tokens.rotate",
      requests: [
        "GET|POST /api/tooling.tokens.rotate",
        "GET|POST /api/oauth.access",
        "GET|POST /api/oauth.token",
        "GET|POST /api/oauth.v2.access",
        "GET|POST /api/oauth.v2.exchange",
        "GET|POST /api/oauth.v2.user.access",
        "GET|POST /api/openid.connect.token",
      ],
    },
    {
      // The answer is the URL of a WebSocket that needs nothing else.
      name: "slack-socket-url",
      docs: "https://docs.slack.dev/reference/methods/apps.connections.open",
      requests: [
        "GET|POST /api/apps.connections.open",
        "GET|POST /api/rtm.connect",
        "GET|POST /api/rtm.start",
      ],
    },
  ],
  npm: [
    {
      name: "npm-token",
      docs: "https://github.com/npm/registry/blob/main/docs/user/authentication.md",
      requests: [
        "POST|PUT /-/npm/*/tokens/**",
        "POST /-/npm/*/oidc/**",
        "POST|PUT /-/user/**",
        "POST|PUT /-/v1/login/**",
      ],
    },
    {
      name: "npm-trusted-publisher",
      docs: "https://docs.npmjs.com/trusted-publishers",
      requests: ["POST|PUT|PATCH /-/package/*/trust/**"],
    },
  ],
  sentry: [
    {
      name: "sentry-token",
      docs: "https://docs.sentry.io/api/auth/",
      requests: [
        "POST|PUT /api/*/api-tokens/**",
        "POST|PUT /api/*/organizations/*/org-auth-tokens/**",
        "POST|PUT /api/*/organizations/*/api-keys/**",
        "GET|POST|PUT /api/*/projects/*/*/releases/token",
        "POST /oauth/token",
      ],
    },
    {
      name: "sentry-app-token",
      docs: "https://docs.sentry.io/organization/integrations/integration-platform/",
      requests: [
        "POST /api/*/sentry-apps",
        // Tells the client secret to the app's owner.
        "GET|POST|PUT /api/*/sentry-apps/*",
        "GET|POST /api/*/sentry-apps/*/api-tokens/**",
        "POST /api/*/sentry-apps/*/rotate-secret",
        "POST /api/*/sentry-app-installations/*/authorizations",
        "GET|POST|PUT /api/*/api-applications/**",
      ],
    },
  ],
  pagerduty: [
    {
      name: "pagerduty-runner-secret",
      docs: "https://developer.pagerduty.com/api-reference/d78999fb7e863-create-an-automation-" +
        "action-runner",
      requests: ["POST /automation_actions/runners"],
    },
  ],
  huggingface: [
    {
      name: "huggingface-token",
      docs: "https://huggingface.co/docs/hub/security-tokens",
      requests: [
        "POST|PUT /api/settings/tokens/**",
        "POST|PUT /api/organizations/*/settings/tokens/**",
        "POST /oauth/token",
      ],
    },
    {
      name: "huggingface-ssh-key",
      docs: "https://huggingface.co/docs/hub/security-git-ssh",
      requests: ["POST|PUT /api/settings/ssh-keys/**", "POST|PUT /api/settings/keys/**"],
    },
    {
      // Where a client fetches the parts of big files with it: HF_HUB_DISABLE_XET=1 does without.
      name: "huggingface-xet-token",
      docs: "https://huggingface.co/docs/xet/en/auth",
      requests: ["GET|POST /api/**/xet-read-token/**", "GET|POST /api/**/xet-write-token/**"],
    },
    {
      name: "huggingface-space-token",
      docs: "https://huggingface.co/docs/hub/spaces-overview",
      requests: ["GET|POST /api/spaces/**/jwt"],
    },
  ],
  grafana: [
    {
      name: "grafana-token",
      docs: "https://grafana.com/docs/grafana/latest/developers/http_api/serviceaccount/",
      // Grafana may be served below a path; the second form is its Kubernetes-style API.
      requests: [
        "POST /**/serviceaccounts/*/tokens",
        "POST /**/serviceaccounts/*/token",
        "POST /**/api/auth/keys",
        "POST /**/api/serviceaccounts/migrate/**",
      ],
    },
    {
      name: "grafana-user",
      docs: "https://grafana.com/docs/grafana/latest/developers/http_api/admin/",
      requests: [
        "POST /**/api/admin/users",
        "PUT /**/api/admin/users/*/password",
        "PUT /**/api/user/password",
        "POST /**/api/org/invites",
        "POST /**/api/orgs/*/invites",
      ],
    },
  ],
  atlassian: [
    {
      name: "atlassian-token",
      docs: "https://developer.atlassian.com/server/framework/atlassian-sdk/" +
        "personal-access-tokens/",
      // Data Center products may be served below a path.
      requests: [
        "POST|PUT /**/rest/pat/*/tokens/**",
        "POST|PUT /**/rest/access-tokens/**",
        "POST /**/rest/oauth2/*/token",
      ],
    },
    {
      name: "atlassian-key",
      docs: "https://developer.atlassian.com/server/bitbucket/rest/",
      requests: [
        "POST|PUT /**/rest/ssh/*/keys/**",
        "POST|PUT /**/rest/gpg/*/keys/**",
        "POST|PUT /**/rest/keys/**",
      ],
    },
    {
      name: "atlassian-user",
      docs: "https://developer.atlassian.com/server/jira/platform/rest/",
      requests: [
        "POST /**/rest/api/*/user",
        "PUT /**/rest/api/*/user/password",
        "PUT /**/rest/api/*/myself/password",
        "POST /**/rest/auth/*/session",
      ],
    },
  ],
};

/** Every name that `--allow-endpoint` takes, sorted. */
export function mintingEndpointNames(): readonly string[] {
  const names = Object.values(mintingEndpoints).flatMap((rows) => rows.map(({ name }) => name));
  return [...new Set(names)].sort();
}
