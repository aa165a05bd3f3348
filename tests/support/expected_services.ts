/**
 * What each vendor's documentation says that its service wants to see: written down here a second
 * time, and not taken from the catalogue, so that a slip there is found.
 *
 * @module
 */

export interface ExpectedService {
  /** The service as a person calls it. */
  readonly service: string;
  /** `HOST:PORT`, as the client connects to it. */
  readonly authority: string;
  /** The variables that set it up; the credential among them is `REAL`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The fields that carry the credential, with their whole values. */
  readonly fields: readonly ExpectedField[];
  /** Another field that must be there with them. */
  readonly also?: readonly [name: string, value: RegExp];
}

export type ExpectedField = readonly [name: string, value: string];

/** The credential in every row. */
export const realCredential = "REAL-credential-0123456789";

const real = realCredential;
const bearer: ExpectedField = ["authorization", `Bearer ${real}`];
const pagerDuty: ExpectedField = ["authorization", `Token token=${real}`];

/** The six services of the first version. */
export const seedServices: readonly ExpectedService[] = [
  simple("GitHub", "api.github.com", { variable: "GITHUB_TOKEN" }),
  simple("GitHub", "uploads.github.com", { variable: "GITHUB_TOKEN" }),
  simple("GitHub", "github.com", { variable: "GITHUB_TOKEN", fields: [basic("x-access-token")] }),
  simple("Claude", "api.anthropic.com", {
    variable: "ANTHROPIC_API_KEY",
    fields: [["x-api-key", real]],
  }),
  {
    ...simple("Claude", "api.anthropic.com", { variable: "CLAUDE_CODE_OAUTH_TOKEN" }),
    also: ["anthropic-beta", /^oauth-2025-04-20$/],
  },
  simple("PagerDuty", "api.pagerduty.com", { variable: "PAGERDUTY_TOKEN", fields: [pagerDuty] }),
  simple("PagerDuty", "api.eu.pagerduty.com", { variable: "PAGERDUTY_TOKEN", fields: [pagerDuty] }),
  simple("Sentry", "sentry.io", { variable: "SENTRY_AUTH_TOKEN" }),
  simple("Sentry", "us.sentry.io", { variable: "SENTRY_AUTH_TOKEN" }),
  simple("Sentry", "de.sentry.io", { variable: "SENTRY_AUTH_TOKEN" }),
  {
    service: "Kubernetes",
    authority: "prod.k8s.corp:6443",
    variables: { K8S_TOKEN: real, K8S_HOSTS: "prod.k8s.corp" },
    fields: [bearer],
  },
  {
    service: "Kubernetes",
    authority: "prod.k8s.corp:443",
    variables: { K8S_TOKEN_PROD: real, K8S_TOKEN: "other", K8S_HOSTS: "prod.k8s.corp:443" },
    fields: [bearer],
  },
  {
    service: "Kubernetes",
    authority: "api.east.corp:6443",
    variables: {
      K8S_TOKEN_US_EAST: real,
      K8S_HOSTS_US_EAST: "api.east.corp",
      K8S_TOKEN: "other",
      K8S_HOSTS: "*.east.corp",
    },
    fields: [bearer],
  },
  {
    service: "Kubernetes",
    authority: "203.0.113.9:6443",
    variables: { K8S_TOKEN: real, K8S_HOSTS: "203.0.113.9" },
    fields: [bearer],
  },
  {
    service: "Talos",
    authority: "talos.corp:50000",
    variables: { TALOS_TOKEN: real, TALOS_HOSTS: "talos.corp" },
    fields: [bearer],
  },
];

/** The other services of the catalogue. */
export const otherServices: readonly ExpectedService[] = [
  simple("OpenAI", "api.openai.com", { variable: "OPENAI_API_KEY" }),
  simple("OpenAI", "us.api.openai.com", { variable: "OPENAI_API_KEY" }),
  simple("OpenAI", "eu.api.openai.com", { variable: "OPENAI_API_KEY" }),
  simple("Gemini", "generativelanguage.googleapis.com", {
    variable: "GEMINI_API_KEY",
    fields: [["x-goog-api-key", real]],
  }),
  simple("GitLab", "gitlab.com", {
    variable: "GITLAB_TOKEN",
    fields: [["private-token", real], basic("oauth2")],
  }),
  simple("npm", "registry.npmjs.org", { variable: "NPM_TOKEN" }),
  simple("PyPI", "upload.pypi.org", { variable: "PYPI_TOKEN", fields: [basic("__token__")] }),
  simple("Slack", "slack.com", { variable: "SLACK_TOKEN" }),
  simple("Slack", "files.slack.com", { variable: "SLACK_TOKEN" }),
  simple("Linear", "api.linear.app", {
    variable: "LINEAR_API_KEY",
    fields: [["authorization", real]],
  }),
  simple("Notion", "api.notion.com", { variable: "NOTION_TOKEN" }),
  simple("Hugging Face", "huggingface.co", { variable: "HF_TOKEN" }),
  simple("Hugging Face", "router.huggingface.co", { variable: "HF_TOKEN" }),
  simple("Cloudflare", "api.cloudflare.com", { variable: "CLOUDFLARE_API_TOKEN" }),
  hosted("GitHub Enterprise", {
    variables: { GITHUB_ENTERPRISE_TOKEN: real, GITHUB_ENTERPRISE_HOST: "ghe.corp" },
    authority: "ghe.corp:443",
    field: basic("x-access-token"),
  }),
  hosted("Atlassian", {
    variables: {
      ATLASSIAN_API_TOKEN: real,
      ATLASSIAN_EMAIL: "me@corp.example",
      ATLASSIAN_HOST: "acme.atlassian.net",
    },
    authority: "acme.atlassian.net:443",
    field: basic("me@corp.example"),
  }),
  hosted("Atlassian", {
    variables: { ATLASSIAN_PAT: real, ATLASSIAN_HOST: "jira.corp" },
    authority: "jira.corp:443",
    field: bearer,
  }),
  hosted("Grafana", {
    variables: { GRAFANA_TOKEN: real, GRAFANA_HOST: "acme.grafana.net" },
    authority: "acme.grafana.net:443",
    field: bearer,
  }),
];

function basic(user: string): ExpectedField {
  return ["authorization", `Basic ${btoa(`${user}:${real}`)}`];
}

function simple(
  service: string,
  host: string,
  options: { variable: string; fields?: readonly ExpectedField[] },
): ExpectedService {
  const { variable, fields = [bearer] } = options;
  return { service, authority: `${host}:443`, variables: { [variable]: real }, fields };
}

function hosted(
  service: string,
  options: Pick<ExpectedService, "authority" | "variables"> & { field: ExpectedField },
): ExpectedService {
  const { authority, variables, field } = options;
  return { service, authority, variables, fields: [field] };
}
