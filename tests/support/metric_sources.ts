import type { MetricSources } from "../../src/observe/metric_sources.ts";

/** Numbers that can be told from each other, in the place of a running proxy's. */
export const metricSources: MetricSources = {
  connections: () => ({ open: 3, evicted: 5, refused: { client: 6, proxy: 8 } }),
  upstreamConnections: () => ({ opened: 11, reused: 12, open: 9, idle: 2 }),
  leaves: () => ({ hits: 21, misses: 22, minted: 23, size: 24 }),
  auditLinesLost: () => 7,
  configuration: () => ({
    loadedAt: 1_790_000_001_500,
    reloads: 4,
    rejections: 2,
    isRejected: true,
  }),
  rules: () => [{ name: "github", isAvailable: true }, { name: "sentry", isAvailable: false }],
  secrets: () => [
    { name: "GITHUB_TOKEN", isAvailable: true, expiresAt: 1_790_000_003_000 },
    { name: "SENTRY_AUTH_TOKEN", isAvailable: false },
    {
      name: "VAULT",
      isAvailable: true,
      expiresAt: 1_790_000_005_000,
      renewal: { at: 1_790_000_004_000, isFailing: true },
    },
    { name: "NEW", isAvailable: true, renewal: { isFailing: false } },
  ],
  startedAt: 1_790_000_000_500,
  caExpiresAt: 1_800_000_000_000,
  version: "1.2.3",
};
