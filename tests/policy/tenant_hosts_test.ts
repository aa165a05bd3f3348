import assert from "node:assert/strict";
import { tenantDomainUnder } from "../../src/policy/tenant_hosts.ts";

Deno.test("tenantDomainUnder() finds the vendor whose customers a wildcard would reach", () => {
  const table: [string, string | undefined][] = [
    ["grafana.net", "grafana.net"],
    ["atlassian.net", "atlassian.net"],
    ["pagerduty.com", "pagerduty.com"],
    ["zendesk.com", "zendesk.com"],
    ["slack.com", "slack.com"],
    ["okta.com", "okta.com"],
    ["auth0.com", "auth0.com"],
    ["us.auth0.com", "auth0.com"],
    ["myshopify.com", "myshopify.com"],
    ["my.salesforce.com", "salesforce.com"],
    ["sharepoint.com", "sharepoint.com"],
    ["service-now.com", "service-now.com"],
    ["datadoghq.com", "datadoghq.com"],
    ["sentry.io", "sentry.io"],
    ["ingest.us.sentry.io", "sentry.io"],
    ["ghe.com", "ghe.com"],
    ["googleapis.com", "storage.googleapis.com"],
    ["hcp.eastus.azmk8s.io", "azmk8s.io"],
    ["k8s.fr-par.scw.cloud", "scw.cloud"],
    ["acme.atlassian.net", undefined],
    ["x.acme.grafana.net", undefined],
    ["evilgrafana.net", undefined],
    ["grafana.net.example", undefined],
    ["example.com", undefined],
    ["k8s.corp", undefined],
    ["openai.com", undefined],
  ];
  for (const [suffix, expected] of table) {
    assert.equal(tenantDomainUnder(suffix), expected, suffix);
  }
});
