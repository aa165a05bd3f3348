import type { DeniedEndpoint } from "../policy/denied_endpoints.ts";

/** Cloudflare's: it is many services behind one API, and most can make credentials of their own. */
export const cloudflareMinting: readonly DeniedEndpoint[] = [
  {
    name: "cloudflare-api-token",
    docs: "https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/",
    requests: [
      "POST|PUT|PATCH /client/*/user/tokens/**",
      "POST|PUT|PATCH /client/*/accounts/*/tokens/**",
      "GET|POST|PUT /client/*/user/api_key",
      "GET|POST|PUT /client/*/user/service_keys",
    ],
  },
  {
    name: "cloudflare-tunnel-token",
    docs: "https://developers.cloudflare.com/api/resources/zero_trust/subresources/tunnels/",
    requests: [
      "POST /client/*/accounts/*/cfd_tunnel",
      "GET|POST /client/*/accounts/*/cfd_tunnel/*/token",
      "POST /client/*/accounts/*/cfd_tunnel/*/management",
      "POST /client/*/accounts/*/warp_connector",
      "GET|POST /client/*/accounts/*/warp_connector/*/token",
      "POST /client/*/accounts/*/tunnels",
    ],
  },
  {
    name: "cloudflare-access-token",
    docs: "https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/",
    requests: [
      "POST|PUT /client/*/accounts/*/access/service_tokens/**",
      "POST|PUT /client/*/zones/*/access/service_tokens/**",
    ],
  },
  {
    name: "cloudflare-r2-credentials",
    docs: "https://developers.cloudflare.com/r2/api/tokens/",
    requests: ["POST /client/*/accounts/*/r2/temp-access-credentials"],
  },
  {
    name: "cloudflare-client-certificate",
    docs: "https://developers.cloudflare.com/ssl/client-certificates/create-a-client-certificate/",
    requests: ["POST /client/*/zones/*/client_certificates"],
  },
  {
    name: "cloudflare-signing-key",
    docs: "https://developers.cloudflare.com/stream/viewing-videos/securing-your-stream/",
    requests: [
      "POST /client/*/accounts/*/stream/keys",
      "POST /client/*/accounts/*/stream/*/token",
      "GET|PUT /client/*/accounts/*/images/*/keys/**",
    ],
  },
  {
    name: "cloudflare-app-secret",
    docs: "https://developers.cloudflare.com/turnstile/get-started/widget-management/api/",
    requests: [
      "GET|POST|PUT /client/*/accounts/*/challenges/widgets/**",
      "POST /client/*/accounts/*/calls/apps",
      "POST /client/*/accounts/*/calls/turn_keys",
    ],
  },
  {
    // For what wrangler uploads. Upload itself needs another credential in Authorization, which the
    // rule would replace.
    name: "cloudflare-upload-token",
    docs: "https://developers.cloudflare.com/workers/static-assets/direct-upload/",
    requests: [
      "GET /client/*/accounts/*/pages/projects/*/upload-token",
      "POST /client/*/accounts/*/workers/**/assets-upload-session",
    ],
  },
];
