import type { DeniedEndpoint } from "../policy/denied_endpoints.ts";

/**
 * Those of clusters. An API server may stand below a prefix (Rancher, vcluster), or be reached
 * through the proxy path of a service, so the resources are looked for anywhere.
 *
 * Left out, as the path does not tell: Secrets that hold a service account's token, and what a
 * program started with `exec` reads from a pod.
 */
export const clusterMinting: Readonly<Record<string, readonly DeniedEndpoint[]>> = {
  kubernetes: [
    {
      name: "kubernetes-serviceaccount-token",
      docs: "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/" +
        "token-request-v1/",
      requests: ["POST /**/serviceaccounts/*/token"],
    },
    {
      // PUT and PATCH approve and sign; a server-side apply (PATCH) creates, too.
      name: "kubernetes-certificate",
      docs: "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/",
      requests: [
        "POST|PUT|PATCH /**/certificates.k8s.io/*/certificatesigningrequests/**",
        "POST|PUT|PATCH /**/certificates.k8s.io/*/namespaces/*/podcertificaterequests/**",
      ],
    },
    {
      name: "kubernetes-openshift-token",
      docs: "https://docs.openshift.com/container-platform/latest/authentication/" +
        "managing-oauth-access-tokens.html",
      requests: [
        "POST|PUT|PATCH /**/oauth.openshift.io/*/oauthaccesstokens/**",
        "POST|PUT|PATCH /**/oauth.openshift.io/*/oauthauthorizetokens/**",
        "POST|PUT|PATCH /**/oauth.openshift.io/*/oauthclients/**",
        "POST|PUT|PATCH /**/oauth.openshift.io/*/oauthclientauthorizations/**",
        "GET /**/imagestreams/*/secrets",
        "GET|POST /oauth/authorize",
        "POST /oauth/token/**",
      ],
    },
    {
      name: "kubernetes-rancher-token",
      docs: "https://ranchermanager.docs.rancher.com/api/api-tokens",
      requests: [
        "POST /**/v3/tokens/**",
        "POST /**/v3/token/**",
        // Actions are in the query: generateKubeconfig is one.
        "POST /**/v3/clusters/*",
        "POST /**/v3/clusterregistrationtokens",
        "POST|PUT|PATCH /**/ext.cattle.io/*/tokens/**",
        "POST|PUT|PATCH /**/ext.cattle.io/*/kubeconfigs/**",
        "POST /**/v1/ext.cattle.io.tokens/**",
        "POST /**/v1/ext.cattle.io.kubeconfigs/**",
      ],
    },
  ],
  // gRPC: a call is a POST to /package.Service/Method (gRPC over HTTP/2, "Requests").
  talos: [
    {
      name: "talos-client-config",
      docs: "https://www.talos.dev/latest/reference/api/",
      requests: [
        "GET|POST|PUT /machine.MachineService/GenerateClientConfiguration",
        "GET|POST|PUT /machine.MachineService/GenerateConfiguration",
        "GET|POST|PUT /machine.MachineService/Kubeconfig",
        "GET|POST|PUT /securityapi.SecurityService/Certificate",
      ],
    },
    {
      // The machine configuration is a file, and etcd holds every Secret.
      name: "talos-file",
      docs: "https://www.talos.dev/latest/reference/api/",
      requests: [
        "GET|POST|PUT /machine.MachineService/Read",
        "GET|POST|PUT /machine.MachineService/Copy",
        "GET|POST|PUT /machine.MachineService/EtcdSnapshot",
      ],
    },
  ],
};
