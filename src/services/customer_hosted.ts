import { bearer } from "../policy/credential_format.ts";
import type { CatalogueService } from "./catalogue_types.ts";

/**
 * Services whose host is the customer's own: it comes from a variable, never from a wildcard over
 * the vendor's domain, under which other customers live too.
 */
export const customerHosted: readonly CatalogueService[] = [
  {
    // One host for the API and for git. Both take a token as the password of Basic; git takes
    // nothing else.
    name: "github-enterprise",
    docs:
      "https://docs.github.com/en/enterprise-server@latest/rest/authentication/authenticating-to-the-rest-api",
    hostVariable: "GITHUB_ENTERPRISE_HOST",
    credentials: [{
      variable: "GITHUB_ENTERPRISE_TOKEN",
      endpoints: [{
        hosts: [],
        fields: [{ name: "Authorization", format: { kind: "basic", user: "x-access-token" } }],
      }],
    }],
    carriers: { fields: ["authorization", "cookie"], query: ["access_token"] },
    lookalikes: ["GH_ENTERPRISE_TOKEN"],
  },
  {
    name: "atlassian",
    docs: "https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/",
    hostVariable: "ATLASSIAN_HOST",
    credentials: [
      {
        variable: "ATLASSIAN_API_TOKEN",
        endpoints: [{
          hosts: [],
          fields: [{
            name: "Authorization",
            format: { kind: "basic_user", userVariable: "ATLASSIAN_EMAIL" },
          }],
        }],
      },
      // Data Center's personal access tokens
      // (https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html).
      {
        variable: "ATLASSIAN_PAT",
        endpoints: [{ hosts: [], fields: [{ name: "Authorization", format: bearer }] }],
      },
    ],
    carriers: {
      fields: ["authorization", "cookie"],
      query: ["os_username", "os_password", "jwt", "access_token"],
    },
    lookalikes: ["JIRA_API_TOKEN", "CONFLUENCE_API_TOKEN", "ATLASSIAN_TOKEN", "JIRA_TOKEN"],
  },
  {
    name: "grafana",
    docs: "https://grafana.com/docs/grafana/latest/developers/http_api/authentication/",
    hostVariable: "GRAFANA_HOST",
    credentials: [{
      variable: "GRAFANA_TOKEN",
      endpoints: [{ hosts: [], fields: [{ name: "Authorization", format: bearer }] }],
    }],
    // X-WEBAUTH-USER and X-JWT-Assertion are what its auth proxy and JWT logins read by default.
    carriers: {
      fields: ["authorization", "cookie", "x-webauth-user", "x-jwt-assertion"],
      query: ["auth_token"],
    },
    lookalikes: [
      "GRAFANA_SERVICE_ACCOUNT_TOKEN",
      "GRAFANA_API_KEY",
      "GRAFANA_API_TOKEN",
      "GRAFANA_AUTH",
    ],
  },
];
