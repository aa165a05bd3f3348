import assert from "node:assert/strict";
import { type DeniedEndpoint, DeniedEndpoints } from "../../src/policy/denied_endpoints.ts";
import { allServices } from "../../src/services/all_services.ts";
import { clusterKinds } from "../../src/services/clusters.ts";
import { mintingEndpointNames, mintingEndpoints } from "../../src/services/minting_endpoints.ts";
import { requestHead } from "../support/request_head.ts";

const json = "Content-Type: application/json";

/** What the vendors' documentation says mints or reads out credentials, one call each. */
const minting: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  github: {
    "github-deploy-key": ["POST /repos/octo/hello/keys", "POST /repositories/1296269/keys"],
    "github-user-key": ["POST /user/keys", "POST /user/gpg_keys", "POST /user/ssh_signing_keys"],
    "github-app-token": [
      "POST /app/installations/1/access_tokens",
      "POST /app-manifests/abc/conversions",
    ],
    "github-oauth-token": [
      "PATCH /applications/Iv1.8a61f9b3a7aba766/token",
      "POST /applications/Iv1.8a61f9b3a7aba766/token/scoped",
    ],
    "github-token-approval": ["POST /orgs/octo/personal-access-token-requests/1"],
    "github-runner-token": [
      "POST /repos/octo/hello/actions/runners/registration-token",
      "POST /orgs/octo/actions/runners/remove-token",
      "POST /enterprises/octo/actions/runners/generate-jitconfig",
    ],
    "github-codespace-connection": ["GET /user/codespaces/name?internal=true&refresh=true"],
    "github-copilot-token": ["GET /copilot_internal/v2/token"],
  },
  "github-enterprise": {
    "github-deploy-key": ["POST /api/v3/repos/octo/hello/keys"],
    "github-user-key": ["POST /api/v3/user/keys", "POST /api/v3/admin/users/octo/keys"],
    "github-app-token": ["POST /api/v3/app/installations/1/access_tokens"],
    "github-oauth-token": ["POST /api/v3/admin/users/octo/authorizations"],
    "github-runner-token": ["POST /api/v3/repos/octo/hello/actions/runners/registration-token"],
  },
  gitlab: {
    "gitlab-personal-token": [
      "POST /api/v4/user/personal_access_tokens",
      "POST /api/v4/personal_access_tokens/self/rotate",
      "POST /api/v4/users/42/personal_access_tokens",
      "POST /api/v4/users/42/impersonation_tokens",
      "POST /api/v4/groups/35/service_accounts/71/personal_access_tokens",
    ],
    "gitlab-project-token": [
      "POST /api/v4/projects/group%2Fname/access_tokens",
      "POST /api/v4/groups/5/access_tokens/7/rotate",
    ],
    "gitlab-deploy-token": ["POST /api/v4/projects/5/deploy_tokens"],
    "gitlab-deploy-key": [
      "POST /api/v4/projects/5/deploy_keys",
      "POST /api/v4/projects/5/deploy_keys/13/enable",
      "POST /api/v4/deploy_keys",
    ],
    "gitlab-user-key": ["POST /api/v4/user/keys", "POST /api/v4/users/1/gpg_keys"],
    "gitlab-runner-token": [
      "POST /api/v4/user/runners",
      "POST /api/v4/projects/9/runners/reset_registration_token",
      "POST /api/v4/runners/1/reset_authentication_token",
    ],
    "gitlab-trigger-token": [
      "GET /api/v4/projects/1/triggers",
      "POST /api/v4/projects/1/triggers",
    ],
    "gitlab-job-token-scope": ["POST /api/v4/projects/1/job_token_scope/allowlist"],
    "gitlab-ci-variables": [
      "GET /api/v4/projects/1/variables/TOKEN",
      "GET /api/v4/groups/1/variables",
      "GET /api/v4/admin/ci/variables",
    ],
    "gitlab-agent-token": ["POST /api/v4/projects/20/cluster_agents/5/tokens"],
    "gitlab-oauth-application": ["POST /api/v4/applications"],
    "gitlab-registry-token": ["GET /jwt/auth?service=container_registry&scope=repository:a/b:pull"],
    "gitlab-lfs-token": ["POST /group/name.git/info/lfs/objects/batch"],
  },
  kubernetes: {
    "kubernetes-serviceaccount-token": [
      "POST /api/v1/namespaces/default/serviceaccounts/builder/token",
      "POST /k8s/clusters/c-1/api/v1/namespaces/default/serviceaccounts/builder/token",
    ],
    "kubernetes-certificate": [
      "POST /apis/certificates.k8s.io/v1/certificatesigningrequests",
      "PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/me/approval",
      "PATCH /apis/certificates.k8s.io/v1/certificatesigningrequests/me/status",
      "PATCH /apis/certificates.k8s.io/v1/certificatesigningrequests/me?fieldManager=x",
    ],
    "kubernetes-openshift-token": ["POST /apis/oauth.openshift.io/v1/oauthaccesstokens"],
    "kubernetes-rancher-token": [
      "POST /v3/tokens",
      "POST /v3/clusters/c-1?action=generateKubeconfig",
    ],
  },
  talos: {
    "talos-client-config": ["POST /machine.MachineService/GenerateClientConfiguration"],
    "talos-file": ["POST /machine.MachineService/Read"],
  },
  claude: {
    "claude-api-key": [
      "POST /v1/organizations/api_keys/apikey_1",
      "POST /api/oauth/claude_cli/create_api_key",
    ],
    "claude-member": ["POST /v1/organizations/invites"],
  },
  openai: {
    "openai-api-key": [
      "POST /v1/organization/admin_api_keys",
      "POST /v1/organization/projects/proj_1/service_accounts",
    ],
    "openai-member": ["POST /v1/organization/invites"],
    "openai-client-secret": ["POST /v1/realtime/client_secrets", "POST /v1/realtime/sessions"],
  },
  gemini: { "gemini-ephemeral-token": ["POST /v1alpha/auth_tokens"] },
  slack: {
    "slack-app-credentials": ["POST /api/apps.manifest.create"],
    "slack-token": ["POST /api/tooling.tokens.rotate", "GET /api/oauth.v2.access"],
    "slack-socket-url": ["POST /api/apps.connections.open", "GET /api/rtm.connect"],
  },
  cloudflare: {
    "cloudflare-api-token": [
      "POST /client/v4/user/tokens",
      "PUT /client/v4/user/tokens/1/value",
      "POST /client/v4/accounts/1/tokens",
    ],
    "cloudflare-tunnel-token": ["GET /client/v4/accounts/1/cfd_tunnel/2/token"],
    "cloudflare-access-token": ["POST /client/v4/accounts/1/access/service_tokens"],
    "cloudflare-r2-credentials": ["POST /client/v4/accounts/1/r2/temp-access-credentials"],
    "cloudflare-client-certificate": ["POST /client/v4/zones/1/client_certificates"],
    "cloudflare-signing-key": ["POST /client/v4/accounts/1/stream/keys"],
    "cloudflare-app-secret": ["GET /client/v4/accounts/1/challenges/widgets/2"],
    "cloudflare-upload-token": ["GET /client/v4/accounts/1/pages/projects/2/upload-token"],
  },
  npm: {
    "npm-token": ["POST /-/npm/v1/tokens", "PUT /-/user/org.couchdb.user:me", "POST /-/v1/login"],
    "npm-trusted-publisher": ["POST /-/package/@scope%2fname/trust"],
  },
  sentry: {
    "sentry-token": ["POST /api/0/api-tokens/", "POST /api/0/organizations/o/org-auth-tokens/"],
    "sentry-app-token": [
      "POST /api/0/sentry-apps/",
      "POST /api/0/sentry-apps/app/api-tokens/",
      "POST /api/0/sentry-app-installations/1/authorizations/",
    ],
  },
  pagerduty: { "pagerduty-runner-secret": ["POST /automation_actions/runners"] },
  huggingface: {
    "huggingface-token": ["POST /api/settings/tokens"],
    "huggingface-ssh-key": ["POST /api/settings/ssh-keys"],
    "huggingface-xet-token": [
      "GET /api/models/me/model/xet-read-token/main",
      "GET /api/models/gpt2/xet-write-token/main",
    ],
    "huggingface-space-token": ["GET /api/spaces/me/space/jwt"],
  },
  grafana: {
    "grafana-token": [
      "POST /api/serviceaccounts/2/tokens",
      "POST /grafana/api/auth/keys",
      "POST /apis/iam.grafana.app/v0alpha1/namespaces/default/serviceaccounts/a/tokens",
    ],
    "grafana-user": ["POST /api/admin/users", "PUT /api/admin/users/2/password"],
  },
  atlassian: {
    "atlassian-token": ["POST /rest/pat/latest/tokens", "PUT /rest/access-tokens/latest/users/me"],
    "atlassian-key": ["POST /bitbucket/rest/ssh/latest/keys"],
    "atlassian-user": ["POST /rest/api/2/user", "POST /rest/auth/1/session"],
  },
};

/** What clients of these services do all day. */
const everyday: Readonly<Record<string, readonly string[]>> = {
  github: [
    "GET /user/keys",
    "GET /repos/octo/hello/keys",
    "POST /repos/octo/hello/issues",
    "POST /repos/octo/hello/pulls/1/reviews",
    "POST /repos/octo/hello/actions/workflows/1/dispatches",
    "PUT /repos/octo/hello/contents/docs%2Fa%20b.md",
    "POST /octo/hello.git/git-receive-pack",
    "POST /repos/authorizations/applications/issues",
    "GET /user/codespaces",
    "POST /graphql",
  ],
  gitlab: [
    "GET /api/v4/projects/group%2Fname",
    "POST /api/v4/projects/group%2Fname/merge_requests",
    "POST /api/v4/projects/1/variables",
    "GET /api/v4/personal_access_tokens/self",
    "GET /api/v4/projects/1/pipelines",
    "POST /group/name.git/git-upload-pack",
    "DELETE /api/v4/personal_access_tokens/1",
  ],
  kubernetes: [
    "GET /api/v1/namespaces/default/secrets/a",
    "GET /apis/certificates.k8s.io/v1/certificatesigningrequests",
    "POST /api/v1/namespaces/default/serviceaccounts",
    "PATCH /apis/apps/v1/namespaces/default/deployments/web",
    "POST /api/v1/namespaces/default/pods/web/exec?command=sh",
  ],
  claude: ["POST /v1/messages?beta=true", "GET /api/oauth/profile", "POST /v1/files"],
  openai: ["POST /v1/responses", "POST /v1/chat/completions", "GET /v1/realtime?model=x"],
  gemini: ["POST /v1beta/models/gemini-2.5-pro:generateContent"],
  slack: ["POST /api/chat.postMessage", "GET /api/conversations.history"],
  cloudflare: ["GET /client/v4/user/tokens/verify", "POST /client/v4/zones/1/purge_cache"],
  npm: ["GET /left-pad", "PUT /@scope%2fname", "GET /-/whoami", "GET /-/npm/v1/tokens"],
  sentry: ["GET /api/0/projects/o/p/issues/", "GET /api/0/projects/o/p/keys/"],
  pagerduty: ["POST /incidents", "GET /services/P1/integrations/P2"],
  huggingface: ["GET /me/model/resolve/main/config.json", "GET /api/whoami-v2"],
  grafana: ["POST /api/ds/query", "POST /api/serviceaccounts"],
  atlassian: ["POST /rest/api/3/issue", "GET /rest/api/3/myself"],
  talos: ["POST /machine.MachineService/Version"],
};

function namesFor(service: string, request: string): string | undefined {
  const rows = mintingEndpoints[service];
  assert.ok(rows !== undefined, `No row for ${service}`);
  const head = requestHead(request, json);
  return new DeniedEndpoints(rows).find(head, head.target)?.name;
}

for (const [service, rows] of Object.entries(minting)) {
  Deno.test(`mintingEndpoints of ${service} has what its vendor documents`, () => {
    for (const [name, requests] of Object.entries(rows)) {
      for (const request of requests) assert.equal(namesFor(service, request), name, request);
    }
  });
}

for (const [service, requests] of Object.entries(everyday)) {
  Deno.test(`mintingEndpoints of ${service} leaves everyday requests alone`, () => {
    for (const request of requests) assert.equal(namesFor(service, request), undefined, request);
  });
}

Deno.test("mintingEndpoints is for services that there are, and each name is tested above", () => {
  const services = new Set([
    ...allServices.map(({ name }) => name),
    ...clusterKinds.map(({ service }) => service),
  ]);
  for (const service of Object.keys(mintingEndpoints)) assert.ok(services.has(service), service);
  const tested = new Set(Object.values(minting).flatMap((rows) => Object.keys(rows)));
  assert.deepEqual([...tested].sort(), mintingEndpointNames());
});

Deno.test("mintingEndpoints has one row for each name, and a link to the documentation", () => {
  const seen = new Map<string, DeniedEndpoint>();
  for (const row of Object.values(mintingEndpoints).flat()) {
    assert.match(row.name, /^[a-z0-9]+(-[a-z0-9]+)+$/);
    assert.equal(new URL(row.docs).protocol, "https:");
    assert.equal(seen.get(row.name) ?? row, row);
    seen.set(row.name, row);
  }
});

Deno.test("docs/services.md has every name that --allow-endpoint takes, and no other", async () => {
  const readme = await Deno.readTextFile(new URL("../../docs/services.md", import.meta.url));
  const start = readme.indexOf("## Credentials that a service would mint");
  assert.ok(start > 0);
  const section = readme.slice(start, readme.indexOf("\n## ", start + 1));
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const names = rows.flatMap((row) => [...row.matchAll(/^\| `([a-z0-9-]+)`/g)])
    .map(([, name]) => name);
  assert.deepEqual(names.toSorted(), mintingEndpointNames());
});
