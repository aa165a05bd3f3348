import type { DeniedEndpoint } from "../policy/denied_endpoints.ts";

/**
 * GitLab's. A project or group stands in the path as its number or as its path with `%2F` for each
 * slash; both are one segment.
 *
 * Left out: `GET /projects/ID` tells its maintainers the registration token of its runners, as far
 * as the instance still has those. It is asked for by nearly everything.
 */
export const gitlabMinting: readonly DeniedEndpoint[] = [
  {
    name: "gitlab-personal-token",
    docs: "https://docs.gitlab.com/api/personal_access_tokens/",
    requests: [
      "POST /api/*/personal_access_tokens/**",
      "POST /api/*/user/personal_access_tokens",
      "POST /api/*/users/*/personal_access_tokens",
      "POST /api/*/users/*/impersonation_tokens",
      "POST /api/*/**/service_accounts/*/personal_access_tokens/**",
    ],
  },
  {
    name: "gitlab-project-token",
    docs: "https://docs.gitlab.com/api/project_access_tokens/",
    requests: [
      "POST /api/*/projects/*/access_tokens/**",
      "POST /api/*/groups/*/access_tokens/**",
    ],
  },
  {
    name: "gitlab-deploy-token",
    docs: "https://docs.gitlab.com/api/deploy_tokens/",
    requests: ["POST /api/*/projects/*/deploy_tokens", "POST /api/*/groups/*/deploy_tokens"],
  },
  {
    name: "gitlab-deploy-key",
    docs: "https://docs.gitlab.com/api/deploy_keys/",
    requests: [
      "POST /api/*/deploy_keys",
      "POST /api/*/projects/*/deploy_keys/**",
      // Can let a key push that could only read.
      "PUT /api/*/projects/*/deploy_keys/*",
    ],
  },
  {
    name: "gitlab-user-key",
    docs: "https://docs.gitlab.com/api/user_keys/",
    requests: [
      "POST /api/*/user/keys",
      "POST /api/*/users/*/keys",
      "POST /api/*/user/gpg_keys",
      "POST /api/*/users/*/gpg_keys",
      "POST /api/*/groups/*/ssh_certificates",
    ],
  },
  {
    name: "gitlab-runner-token",
    docs: "https://docs.gitlab.com/api/runners/",
    requests: [
      "POST /api/*/user/runners",
      "POST /api/*/runners",
      "POST /api/*/runners/reset_registration_token",
      "POST /api/*/runners/reset_authentication_token",
      "POST /api/*/runners/*/reset_authentication_token",
      "POST /api/*/projects/*/runners/reset_registration_token",
      "POST /api/*/groups/*/runners/reset_registration_token",
    ],
  },
  {
    // Who owns a trigger is told it whole, each time.
    name: "gitlab-trigger-token",
    docs: "https://docs.gitlab.com/api/pipeline_triggers/",
    requests: ["GET|POST|PUT /api/*/projects/*/triggers/**"],
  },
  {
    // Lets the job tokens of other projects in.
    name: "gitlab-job-token-scope",
    docs: "https://docs.gitlab.com/api/project_job_token_scopes/",
    requests: ["POST|PATCH /api/*/projects/*/job_token_scope/**"],
  },
  {
    name: "gitlab-ci-variables",
    docs: "https://docs.gitlab.com/api/project_level_variables/",
    requests: [
      "GET /api/*/projects/*/variables/**",
      "GET /api/*/groups/*/variables/**",
      "GET /api/*/admin/ci/variables/**",
      "GET /api/*/projects/*/pipelines/*/variables",
      "GET /api/*/projects/*/pipeline_schedules/*",
    ],
  },
  {
    name: "gitlab-agent-token",
    docs: "https://docs.gitlab.com/api/cluster_agents/",
    requests: ["POST /api/*/projects/*/cluster_agents/*/tokens"],
  },
  {
    name: "gitlab-oauth-application",
    docs: "https://docs.gitlab.com/api/applications/",
    requests: [
      "POST /api/*/applications/**",
      "POST /oauth/token",
      "POST /oauth/authorize_device",
    ],
  },
  {
    name: "gitlab-registry-token",
    docs: "https://docs.gitlab.com/administration/packages/container_registry/",
    requests: ["GET|POST /jwt/auth"],
  },
  {
    // The batch answer has a token for its user, which git takes too (lib/gitlab/lfs_token.rb).
    name: "gitlab-lfs-token",
    docs: "https://docs.gitlab.com/topics/git/lfs/",
    requests: ["POST /**/info/lfs/objects/batch"],
  },
];
