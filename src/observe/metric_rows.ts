import type { HistogramRow, Row } from "./metric_row.ts";
import type { MetricCounts } from "./metric_counts.ts";
import type { MetricSources, SecretState } from "./metric_sources.ts";
import { processCounters, processGauges } from "./process_rows.ts";

/** What only grows. */
export function counters(counts: MetricCounts, sources: MetricSources): Row[] {
  return [
    ...trafficCounters(counts),
    ...connectionCounters(sources),
    {
      name: "auth_proxy_audit_lines_lost_total",
      help: "Lines of the audit log that could not be written.",
      read: () => single(sources.auditLinesLost()),
    },
    {
      name: "auth_proxy_config_reloads_total",
      help: "Attempts to read the configuration anew, by what came of them.",
      labels: ["result"],
      read: () => {
        const { reloads, rejections } = sources.configuration();
        return [[["reloaded"], reloads], [["rejected"], rejections]];
      },
    },
    ...processCounters(),
  ];
}

function trafficCounters(counts: MetricCounts): Row[] {
  return [{
    name: "auth_proxy_exchanges_total",
    help: "Requests, by rule, agent, decision and class of the status that the client was sent.",
    labels: ["rule", "agent", "decision", "status_class"],
    read: () => counts.exchanges.entries(),
  }, {
    name: "auth_proxy_tunnels_total",
    help: "CONNECT requests, by decision.",
    labels: ["decision"],
    read: () => counts.tunnels.entries(),
  }, {
    name: "auth_proxy_redactions_total",
    help: "Credentials that were taken out of responses, by their variable.",
    labels: ["secret"],
    read: () => counts.redactions.entries(),
  }, {
    name: "auth_proxy_canary_alarms_total",
    help: "Placeholders that were sent to a host that is not their own.",
    labels: ["placeholder"],
    read: () => counts.canaryAlarms.entries(),
  }, {
    name: "auth_proxy_rate_limited_total",
    help: "Requests that were refused by a rate limit.",
    labels: ["rule", "agent"],
    read: () => counts.rateLimited.entries(),
  }, {
    name: "auth_proxy_agent_rejections_total",
    help:
      "Requests and tunnels whose client did not prove who it is: by what was wrong, the token, " +
      "the certificate, or that neither was there.",
    labels: ["reason"],
    read: () => counts.agentRejections.entries(),
  }];
}

function connectionCounters(sources: MetricSources): Row[] {
  return [{
    name: "auth_proxy_connections_evicted_total",
    help: "Waiting connections of clients that were closed in favour of new ones, at a limit.",
    read: () => single(sources.connections().evicted),
  }, {
    name: "auth_proxy_connections_refused_total",
    help:
      "Connections of clients, and requests of HTTP/2 that count as such, that were refused: by " +
      "whose limit was reached, the client's or the proxy's.",
    labels: ["limit"],
    read: () => {
      const { client, proxy } = sources.connections().refused;
      return [[["client"], client], [["proxy"], proxy]];
    },
  }, {
    name: "auth_proxy_upstream_connections_opened_total",
    help: "Connections to services that were opened; blind tunnels are not counted.",
    read: () => single(sources.upstreamConnections().opened),
  }, {
    name: "auth_proxy_upstream_connections_reused_total",
    help: "Exchanges that went over a connection that was there already.",
    read: () => single(sources.upstreamConnections().reused),
  }, {
    name: "auth_proxy_leaf_cache_requests_total",
    help: "Certificates that were asked for, to be shown to clients: by whether one was kept.",
    labels: ["result"],
    read: () => {
      const { hits, misses } = sources.leaves();
      return [[["hit"], hits], [["miss"], misses]];
    },
  }, {
    name: "auth_proxy_leaf_certificates_minted_total",
    help: "Certificates that were made to be shown to clients.",
    read: () => single(sources.leaves().minted),
  }];
}

/** What goes up and down. */
export function gauges(sources: MetricSources): Row[] {
  return [
    ...connectionGauges(sources),
    ...credentialGauges(sources),
    {
      name: "auth_proxy_config_last_reload_successful",
      help: "1 unless the last attempt to read the configuration came to nothing.",
      read: () => single(sources.configuration().isRejected ? 0 : 1),
    },
    {
      name: "auth_proxy_config_loaded_timestamp_seconds",
      help: "When the configuration in force was read, in seconds since the epoch.",
      read: () => single(sources.configuration().loadedAt / 1000),
    },
    ...processGauges(sources),
  ];
}

function connectionGauges(sources: MetricSources): Row[] {
  return [{
    name: "auth_proxy_open_connections",
    help: "Connections of clients that are open.",
    read: () => single(sources.connections().open),
  }, {
    name: "auth_proxy_upstream_open_connections",
    help: "Connections to services that are open, idle ones among them; no blind tunnels.",
    read: () => single(sources.upstreamConnections().open),
  }, {
    name: "auth_proxy_upstream_idle_connections",
    help: "Connections to services on which nothing is under way, kept for the next exchange.",
    read: () => single(sources.upstreamConnections().idle),
  }, {
    name: "auth_proxy_leaf_cache_certificates",
    help: "Certificates that are kept, to be shown to clients.",
    read: () => single(sources.leaves().size),
  }];
}

function credentialGauges(sources: MetricSources): Row[] {
  return [{
    name: "auth_proxy_rule_available",
    help: "0 if the rule's requests are answered with 502 for want of a credential, else 1.",
    labels: ["rule"],
    read: () => Array.from(sources.rules(), (rule) => [[rule.name], rule.isAvailable ? 1 : 0]),
  }, {
    name: "auth_proxy_secret_available",
    help: "1 if the secret is there, or the next request has it obtained; 0 if it cannot be had.",
    labels: ["secret"],
    read: () => ofSecrets(sources, ({ isAvailable }) => isAvailable ? 1 : 0),
  }, {
    name: "auth_proxy_secret_expiry_timestamp_seconds",
    help: "When the secret expires, as far as it says so, in seconds since the epoch.",
    labels: ["secret"],
    read: () => ofSecrets(sources, ({ expiresAt }) => seconds(expiresAt)),
  }, {
    name: "auth_proxy_secret_last_renewal_timestamp_seconds",
    help: "When the proxy last obtained the secret with success, in seconds since the epoch.",
    labels: ["secret"],
    read: () => ofSecrets(sources, ({ renewal }) => seconds(renewal?.at)),
  }, {
    name: "auth_proxy_secret_renewal_failing",
    help:
      "Of a secret that the proxy obtains itself: 1 if the last attempt came to nothing, else 0.",
    labels: ["secret"],
    read: () =>
      ofSecrets(sources, ({ renewal }) => renewal === undefined ? undefined : +renewal.isFailing),
  }, {
    name: "auth_proxy_ca_expiry_timestamp_seconds",
    help:
      "When the CA expires that vouches for what clients are shown, in seconds since the epoch.",
    read: () => single(sources.caExpiresAt / 1000),
  }];
}

/** How long exchanges took, phase by phase. */
export function histograms({ exchanges }: MetricCounts): HistogramRow[] {
  return [{
    name: "auth_proxy_upstream_connect_duration_seconds",
    help:
      "How long it took to connect to the service: name, TCP and TLS. Kept connections take none.",
    read: () => exchanges.durations("connect"),
  }, {
    name: "auth_proxy_upstream_first_byte_duration_seconds",
    help: "From the request's head on its way to the service, to the first octet of an answer.",
    read: () => exchanges.durations("firstByte"),
  }, {
    name: "auth_proxy_exchange_duration_seconds",
    help: "From the request's head to the end of the response; not of what was refused, nor of " +
      "connections that switched their protocol.",
    read: () => exchanges.durations("total"),
  }];
}

/** Those that have a number, by the name of the secret. */
function* ofSecrets(
  sources: MetricSources,
  value: (secret: SecretState) => number | undefined,
): Iterable<readonly [readonly string[], number]> {
  for (const secret of sources.secrets()) {
    const number = value(secret);
    if (number !== undefined) yield [[secret.name], number];
  }
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function single(value: number): [[readonly string[], number]] {
  return [[[], value]];
}
