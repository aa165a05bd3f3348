import { bare, bearer, type CredentialFormat } from "../policy/credential_format.ts";
import type { CatalogueEndpoint, CatalogueFormat, CatalogueService } from "./catalogue_types.ts";

const authorization = (format: CatalogueFormat) => [{ name: "Authorization", format }];
const basic = (user: string): CredentialFormat => ({ kind: "basic", user });
const bearerAt = (...hosts: string[]): CatalogueEndpoint[] => [
  { hosts, fields: authorization(bearer) },
];

/**
 * The services that are known without configuration. Each is on as soon as its variable is set.
 *
 * Hosts are exact and on port 443. A host is listed only if the service's clients need the
 * credential there: each further one is a place where it could be abused. Cookies are among the
 * carriers where the host also serves the vendor's web pages, whose session would otherwise let a
 * client act as somebody else. What a client sends in a body cannot be removed here.
 */
export const catalogue: readonly CatalogueService[] = [
  {
    // Left out: raw.githubusercontent.com and codeload.github.com serve everybody's files, and what
    // is private there comes through the API or a signed redirect; gist.github.com; ghcr.io, whose
    // tokens are exchanged first.
    name: "github",
    docs: "https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api",
    credentials: [{
      variable: "GITHUB_TOKEN",
      endpoints: [
        { hosts: ["api.github.com", "uploads.github.com"], fields: authorization(bearer) },
        // Git's smart HTTP takes Basic only; the user name is what GitHub gives to any token.
        {
          suffix: "git",
          hosts: ["github.com"],
          fields: authorization(basic("x-access-token")),
        },
      ],
    }],
    carriers: { fields: ["authorization", "cookie"], query: ["access_token"] },
    lookalikes: ["GH_TOKEN", "GITHUB_PAT", "GITHUB_API_TOKEN"],
  },
  {
    name: "claude",
    docs: "https://docs.claude.com/en/api/overview#authentication",
    credentials: [
      {
        variable: "ANTHROPIC_API_KEY",
        endpoints: [{
          hosts: ["api.anthropic.com"],
          fields: [{ name: "x-api-key", format: bare }],
        }],
      },
      {
        variable: "CLAUDE_CODE_OAUTH_TOKEN",
        endpoints: [{
          hosts: ["api.anthropic.com"],
          fields: authorization(bearer),
          // Without it the API refuses OAuth tokens; a client with a placeholder key sends none.
          ensureMembers: [{ field: "anthropic-beta", member: "oauth-2025-04-20" }],
        }],
      },
    ],
    carriers: { fields: ["x-api-key", "authorization", "cookie"] },
    lookalikes: ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_KEY", "CLAUDE_API_KEY"],
  },
  {
    name: "pagerduty",
    docs: "https://developer.pagerduty.com/docs/authentication",
    credentials: [{
      variable: "PAGERDUTY_TOKEN",
      endpoints: [{
        hosts: ["api.pagerduty.com", "api.eu.pagerduty.com"],
        fields: authorization({ kind: "prefix", prefix: "Token token=" }),
      }],
    }],
    carriers: { fields: ["authorization", "cookie"] },
    lookalikes: [
      "PAGERDUTY_API_KEY",
      "PAGERDUTY_API_TOKEN",
      "PAGERDUTY_USER_API_KEY",
      "PD_API_KEY",
    ],
  },
  {
    // Left out: *.ingest.sentry.io, which takes a project's public key and not this token. That key
    // is a carrier all the same, as these hosts still take events by their old paths.
    name: "sentry",
    docs: "https://docs.sentry.io/api/auth/",
    credentials: [{
      variable: "SENTRY_AUTH_TOKEN",
      endpoints: bearerAt("sentry.io", "us.sentry.io", "de.sentry.io"),
    }],
    carriers: {
      fields: ["authorization", "cookie", "x-sentry-auth"],
      query: ["sentry_key", "sentry_secret"],
    },
    lookalikes: ["SENTRY_TOKEN", "SENTRY_API_KEY", "SENTRY_ACCESS_TOKEN"],
  },
  {
    name: "openai",
    docs: "https://platform.openai.com/docs/api-reference/authentication",
    credentials: [{
      variable: "OPENAI_API_KEY",
      endpoints: bearerAt("api.openai.com", "us.api.openai.com", "eu.api.openai.com"),
    }],
    carriers: {
      fields: ["authorization", "api-key", "cookie"],
      // Browsers cannot set a field on a WebSocket handshake: they pass the key as a subprotocol.
      members: [{ field: "sec-websocket-protocol", prefix: "openai-insecure-api-key." }],
    },
    lookalikes: ["OPENAI_KEY", "OPENAI_TOKEN"],
  },
  {
    name: "gemini",
    docs: "https://ai.google.dev/gemini-api/docs/api-key",
    credentials: [{
      variable: "GEMINI_API_KEY",
      endpoints: [{
        hosts: ["generativelanguage.googleapis.com"],
        fields: [{ name: "x-goog-api-key", format: bare }],
      }],
    }],
    // The query parameters are Google's system parameters
    // (https://cloud.google.com/apis/docs/system-parameters), older spellings included.
    carriers: {
      fields: ["x-goog-api-key", "authorization", "cookie"],
      query: ["key", "$key", "access_token", "oauth_token", "bearer_token"],
    },
    lookalikes: ["GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GOOGLE_GEMINI_API_KEY"],
  },
  {
    // One host for the API, which takes Private-Token, and for git, which takes Basic only. The API
    // reads no personal token from Basic where it has a Private-Token, so both are sent.
    name: "gitlab",
    docs: "https://docs.gitlab.com/api/rest/authentication/",
    credentials: [{
      variable: "GITLAB_TOKEN",
      endpoints: [{
        hosts: ["gitlab.com"],
        fields: [
          { name: "Private-Token", format: bare },
          { name: "Authorization", format: basic("oauth2") },
        ],
      }],
    }],
    carriers: {
      fields: [
        "authorization",
        "private-token",
        "job-token",
        "deploy-token",
        "x-gitlab-static-object-token",
        "cookie",
      ],
      query: [
        "private_token",
        "access_token",
        "bearer_token",
        "job_token",
        "token",
        "feed_token",
        "rss_token",
      ],
    },
    lookalikes: ["GITLAB_PRIVATE_TOKEN", "GITLAB_ACCESS_TOKEN", "GITLAB_PAT", "GL_TOKEN"],
  },
  {
    name: "npm",
    docs: "https://docs.npmjs.com/about-access-tokens",
    credentials: [{ variable: "NPM_TOKEN", endpoints: bearerAt("registry.npmjs.org") }],
    carriers: { fields: ["authorization", "cookie", "npm-otp"] },
    lookalikes: ["NODE_AUTH_TOKEN", "NPM_AUTH_TOKEN", "NPM_CONFIG_TOKEN"],
  },
  {
    name: "pypi",
    docs: "https://pypi.org/help/#apitoken",
    credentials: [{
      variable: "PYPI_TOKEN",
      endpoints: [{ hosts: ["upload.pypi.org"], fields: authorization(basic("__token__")) }],
    }],
    carriers: { fields: ["authorization", "cookie"] },
    lookalikes: ["PYPI_API_TOKEN", "TWINE_PASSWORD", "UV_PUBLISH_TOKEN"],
  },
  {
    name: "slack",
    docs: "https://docs.slack.dev/apis/web-api/",
    credentials: [{
      variable: "SLACK_TOKEN",
      // Private files are read at files.slack.com with the same header.
      endpoints: bearerAt("slack.com", "files.slack.com"),
    }],
    // Slack's session tokens count only together with its cookie.
    carriers: { fields: ["authorization", "cookie"], query: ["token"] },
    lookalikes: ["SLACK_BOT_TOKEN", "SLACK_API_TOKEN", "SLACK_USER_TOKEN"],
  },
  {
    name: "linear",
    docs: "https://linear.app/developers/graphql",
    credentials: [{
      variable: "LINEAR_API_KEY",
      // A personal API key stands alone; only OAuth tokens have "Bearer ".
      endpoints: [{ hosts: ["api.linear.app"], fields: authorization(bare) }],
    }],
    carriers: { fields: ["authorization", "cookie"] },
    lookalikes: ["LINEAR_TOKEN", "LINEAR_KEY"],
  },
  {
    name: "notion",
    docs: "https://developers.notion.com/reference/authentication",
    credentials: [{ variable: "NOTION_TOKEN", endpoints: bearerAt("api.notion.com") }],
    carriers: { fields: ["authorization", "cookie"] },
    lookalikes: ["NOTION_API_KEY", "NOTION_KEY", "NOTION_API_TOKEN"],
  },
  {
    name: "huggingface",
    docs: "https://huggingface.co/docs/hub/security-tokens",
    credentials: [{
      variable: "HF_TOKEN",
      endpoints: bearerAt("huggingface.co", "router.huggingface.co"),
    }],
    carriers: { fields: ["authorization", "cookie"] },
    lookalikes: ["HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN", "HUGGINGFACE_API_KEY"],
  },
  {
    name: "cloudflare",
    docs: "https://developers.cloudflare.com/fundamentals/api/how-to/make-api-calls/",
    credentials: [{
      variable: "CLOUDFLARE_API_TOKEN",
      endpoints: bearerAt("api.cloudflare.com"),
    }],
    carriers: {
      fields: [
        "authorization",
        "x-auth-email",
        "x-auth-key",
        "x-auth-user-service-key",
        "cookie",
      ],
    },
    lookalikes: ["CF_API_TOKEN", "CLOUDFLARE_TOKEN", "CLOUDFLARE_API_KEY"],
  },
];
