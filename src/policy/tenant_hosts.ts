/**
 * Domains that one vendor runs and whose subdomains belong to different customers, most of them not
 * on the public suffix list. A wildcard over such a domain would name hosts that somebody else
 * controls (invariant I2).
 *
 * A word is `domain` or `domain/N`, where N is how many labels the vendor puts between the domain
 * and the customer's own: none in `acme.atlassian.net`, one in `id.region.linodelke.net`.
 *
 * @module
 */

const table = [
  // Cloud platforms and their managed Kubernetes.
  `
    amazonaws.com/2 eks.amazonaws.com/2 amazonaws.com.cn/2 api.aws/2 on.aws/2
    awsapprunner.com/1 awsapps.com cloudfront.net azmk8s.io/2 azure.com/2 azure.net/1
    azure-api.net azurecr.io/1 azuredatabricks.net azureedge.net azurefd.net/1
    azurewebsites.net/1 azurestaticapps.net/1 azurecontainerapps.io/1 windows.net/2
    trafficmanager.net gke.goog/1 googleusercontent.com/1 appspot.com/1 run.app/1 web.app
    firebaseapp.com firebaseio.com cloudfunctions.net storage.googleapis.com
    oraclecloud.com/3 oraclevcn.com appdomain.cloud/3 ondigitalocean.com/1
    ondigitalocean.app digitaloceanspaces.com/1 linodelke.net/1 linodeobjects.com/1
    ovh.net/2 scw.cloud/3 civo.com/1 vultr-k8s.com openshiftapps.com/2 rancher.cloud
    akamaized.net fastly.net/1 cloudflareaccess.com cloudflarestorage.com workers.dev/1
    pages.dev/1 trycloudflare.com
  `,
  // Application hosting and tunnels.
  `
    herokuapp.com herokussl.com vercel.app netlify.app netlify.com onrender.com fly.dev
    railway.app/1 deno.dev deno.net/1 replit.app replit.dev/2 repl.co/1 glitch.me surge.sh
    modal.run hf.space gitpod.io/1 csb.app stackblitz.io webcontainer.io github.dev/1
    githubpreview.dev githubusercontent.com github.io gitlab.io ngrok.io/1 ngrok.app/1
    ngrok.dev ngrok-free.app ngrok-free.dev loca.lt localhost.run ts.net/1
  `,
  // Wildcard DNS: the name says the address, so anyone has one.
  `
    nip.io/4 sslip.io/4 xip.io/4 traefik.me/1 lvh.me
  `,
  // Code, issues, documents.
  `
    ghe.com/1 visualstudio.com/1 atlassian.net jira.com jira-dev.com bitbucket.io gitbook.io
    notion.site youtrack.cloud myjetbrains.com teamcity.com circleci.com/1 jfrog.io
    cloudsmith.io/1 sonatype.app sourcegraph.app sourcegraphcloud.com monday.com
    basecamphq.com clickup.com aha.io airtableusercontent.com retool.com box.com
    sharepoint.com sharepoint.us
  `,
  // Observability and operations.
  `
    grafana.net grafana-dev.net datadoghq.com/1 datadoghq.eu/1 ddog-gov.com/1 sentry.io/2
    pagerduty.com/1 opsgenie.com/1 statuspage.io newrelic.com dynatrace.com/1
    dynatracelabs.com/1 splunkcloud.com/1 signalfx.com/1 sumologic.com/1 logz.io loggly.com
    elastic-cloud.com/2 elastic.co/3 found.io/2 honeycomb.io/1 chronosphere.io
    coralogix.com/1 instana.io launchdarkly.com/1 rapid7.com/1 tines.com service-now.com
    servicenowservices.com rootly.com
  `,
  // Talk and support.
  `
    slack.com/1 zendesk.com freshdesk.com freshservice.com helpscoutdocs.com intercom.help
    zoom.us webex.com cloud.mattermost.com rocket.chat discourse.group zulipchat.com
  `,
  // Identity and secrets.
  `
    okta.com okta-emea.com oktapreview.com auth0.com/1 onelogin.com pingone.com/1
    pingidentity.cloud/1 jumpcloud.com duosecurity.com amazoncognito.com/2 b2clogin.com
    ciamlogin.com clerk.accounts.dev accounts.dev workos.com stytch.com/1 zitadel.cloud
    hashicorp.cloud/3 1password.com 1password.eu 1password.ca cyberark.cloud
    privilegecloud.com teleport.sh tailscale.com
  `,
  // Customer data and commerce.
  `
    salesforce.com/1 my.salesforce.com/1 force.com/1 lightning.force.com
    salesforce-sites.com documentforce.com/1 visualforce.com/1 cloudforce.com dynamics.com/2
    hubspotpagebuilder.com hs-sites.com myshopify.com shopifypreview.com bigcommerce.com
    mybigcommerce.com netsuite.com/2 workday.com/1 myworkday.com/1 myworkdayjobs.com/1
    bamboohr.com greenhouse.io recurly.com chargebee.com ariba.com/1 successfactors.com/1
    ondemand.com/4 sapbydesign.com quickbase.com caspio.com docusign.net pipedrive.com
    kintone.com kustomerapp.com gainsightcloud.com marketo.com mktorest.com eloqua.com/1
    campaign-archive.com list-manage.com/1
  `,
  // Data stores and queues as a service.
  `
    snowflakecomputing.com/3 databricks.com/2 confluent.cloud/2 mongodb.net/1
    mongodb-api.com/3 supabase.co supabase.com/1 neon.tech/4 planetscale.com psdb.cloud/2
    turso.io/2 upstash.io/1 redis-cloud.com/3 redislabs.com/3 aivencloud.com
    cockroachlabs.cloud/2 clickhouse.cloud/2 timescale.com/1 pinecone.io/2 weaviate.cloud/3
    weaviate.network qdrant.io/3 zilliz.com/1 zillizcloud.com/2 algolia.net algolianet.com
    hasura.app convex.cloud/1 convex.site nhost.run/2 temporal.io/2 tmprl.cloud looker.com
    metabaseapp.com tableau.com/1 preset.io/1 getdbt.com/2 astronomer.run fivetran.com
  `,
  // Sites and feeds.
  `
    wordpress.com wpengine.com wixsite.com squarespace.com webflow.io framer.app
    framer.website ghost.io substack.com tumblr.com blogspot.com typeform.com readthedocs.io
    readme.io hashnode.dev pythonanywhere.com streamlit.app n8n.cloud/1 pipedream.net/1
    webhook.site requestcatcher.com beeceptor.com
  `,
].join(" ");

const tenantDomains: ReadonlyMap<string, number> = new Map(
  table.trim().split(/\s+/).map((word) => {
    const [domain = "", depth = "0"] = word.split("/");
    return [domain, Number(depth)];
  }),
);

/**
 * Looks for customers of one vendor among the names to the left of a suffix.
 *
 * @param suffix A canonical name of at least two labels.
 * @returns The vendor's domain whose customers a wildcard over `suffix` would reach; `undefined` if
 * none is known. A suffix inside one customer's own part (`x.acme.atlassian.net`) is none.
 */
export function tenantDomainUnder(suffix: string): string | undefined {
  for (const [domain, depth] of tenantDomains) {
    if (domain.endsWith(`.${suffix}`)) return domain;
    if (suffix === domain) return domain;
    if (!suffix.endsWith(`.${domain}`)) continue;
    const further = suffix.slice(0, -domain.length - 1).split(".").length;
    if (further <= depth) return domain;
  }
  return undefined;
}
