/**
 * By what each service lets a client authenticate, written down a second time from the vendors'
 * documentation so that a carrier lost from the catalogue is noticed.
 *
 * @module
 */

export const expectedCarriers: Readonly<
  Record<string, { readonly fields: readonly string[]; readonly query?: readonly string[] }>
> = {
  github: { fields: ["authorization", "cookie"], query: ["access_token"] },
  claude: { fields: ["x-api-key", "authorization"] },
  pagerduty: { fields: ["authorization"] },
  sentry: { fields: ["authorization", "x-sentry-auth", "cookie"], query: ["sentry_key"] },
  openai: { fields: ["authorization"] },
  gemini: { fields: ["x-goog-api-key", "authorization"], query: ["key", "access_token"] },
  gitlab: {
    fields: ["private-token", "job-token", "deploy-token", "authorization", "cookie"],
    query: ["private_token", "access_token", "job_token"],
  },
  npm: { fields: ["authorization"] },
  pypi: { fields: ["authorization"] },
  slack: { fields: ["authorization", "cookie"], query: ["token"] },
  linear: { fields: ["authorization"] },
  notion: { fields: ["authorization"] },
  huggingface: { fields: ["authorization", "cookie"] },
  cloudflare: {
    fields: ["authorization", "x-auth-email", "x-auth-key", "x-auth-user-service-key"],
  },
  "github-enterprise": { fields: ["authorization", "cookie"], query: ["access_token"] },
  atlassian: { fields: ["authorization", "cookie"], query: ["os_username", "os_password"] },
  grafana: {
    fields: ["authorization", "cookie", "x-webauth-user", "x-jwt-assertion"],
    query: ["auth_token"],
  },
};
