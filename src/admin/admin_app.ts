import { type Context, Hono } from "hono";
import { formatHostPattern } from "../policy/host_pattern.ts";
import type { InactiveRule, Rule } from "../policy/rule.ts";
import type { RuleSet } from "../policy/rule_set.ts";
import { textTable } from "./text_table.ts";

/** What the admin API shows. It shows no secret: it is not given one. */
export interface AdminView {
  readonly version: string;
  readonly rules: () => RuleSet;
  readonly caPem: () => string;
  readonly ready: () => boolean;
  /** Whether the value of `Authorization` lets a caller in; always, on loopback. */
  readonly admits: (authorization: string | undefined) => boolean;
  /** Whether the value of `Host` names this listener: another one is a rebound DNS name. */
  readonly knowsHost: (host: string | undefined) => boolean;
}

/** Makes the admin API. */
export function createAdminApp(view: AdminView): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!view.knowsHost(c.req.header("host"))) {
      return problem(c, { status: 421, detail: "Use the address that --admin names" });
    }
    if (!view.admits(c.req.header("authorization"))) {
      c.header("WWW-Authenticate", 'Basic realm="auth-proxy admin"');
      return problem(c, {
        status: 401,
        detail: "Send the agent token: this listener is not on loopback",
      });
    }
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    return await next();
  });
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get(
    "/readyz",
    (c) => view.ready() ? c.json({ status: "ready" }) : c.json({ status: "draining" }, 503),
  );
  app.get("/admin/version", (c) => c.json({ name: "auth-proxy", version: view.version }));
  app.get(
    "/admin/ca.pem",
    (c) => c.body(view.caPem(), 200, { "Content-Type": "application/x-pem-file" }),
  );
  app.get("/admin/rules", (c) => {
    const rules = [
      ...view.rules().rules.map(describeRule),
      ...view.rules().inactive.map(describeInactive),
    ];
    return wantsText(c) ? c.text(rulesTable(rules)) : c.json({ rules });
  });
  app.notFound((c) => problem(c, { status: 404, detail: "There is no such resource" }));
  return app;
}

interface RuleDescription {
  readonly name: string;
  readonly service?: string;
  readonly state: "active" | "unavailable" | "inactive";
  readonly reason?: string;
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  readonly paths: readonly string[];
  /** Absent: all. */
  readonly methods?: readonly string[];
  /** Absent: everyone. */
  readonly agents?: readonly string[];
  readonly denies: readonly { readonly name: string; readonly requests: readonly string[] }[];
  readonly inject: readonly { readonly header: string; readonly format: string }[];
  readonly variables: readonly { readonly name: string; readonly source?: string }[];
  readonly source: string;
  readonly trust: string;
}

function describeRule(rule: Rule): RuleDescription {
  return {
    name: rule.name,
    ...(rule.service === undefined ? {} : { service: rule.service }),
    state: rule.unavailable === undefined ? "active" : "unavailable",
    ...(rule.unavailable === undefined ? {} : { reason: rule.unavailable }),
    hosts: rule.hosts.map((pattern) => formatHostPattern(pattern)),
    ports: [...new Set(rule.hosts.map(({ port }) => port))],
    paths: [rule.path ?? "/**"],
    ...(rule.methods === undefined ? {} : { methods: rule.methods }),
    ...(rule.agents === undefined ? {} : { agents: rule.agents }),
    denies: (rule.deniedEndpoints?.endpoints ?? []).map(({ name, requests }) => ({
      name,
      requests,
    })),
    inject: rule.fields,
    variables: rule.variables,
    source: rule.source,
    trust: rule.trustAnchors === undefined
      ? "default roots"
      : `only ${rule.trustAnchorsSource ?? "its own CA"}`,
  };
}

function describeInactive(rule: InactiveRule): RuleDescription {
  return {
    name: rule.name,
    ...(rule.service === undefined ? {} : { service: rule.service }),
    state: "inactive",
    reason: rule.reason,
    hosts: rule.hosts,
    ports: [],
    paths: ["/**"],
    denies: [],
    inject: rule.fields,
    variables: rule.variables.map((name) => ({ name })),
    source: "catalogue",
    trust: "default roots",
  };
}

function rulesTable(rules: readonly RuleDescription[]): string {
  return textTable([
    ["RULE", "STATE", "HOSTS", "ONLY", "INJECTS", "VARIABLES", "DENIES", "REASON"],
    ...rules.map((rule) => [
      rule.name,
      rule.state,
      rule.hosts.join(" "),
      conditionsText(rule),
      rule.inject.map(({ header, format }) => `${header}: ${format}`).join("; "),
      rule.variables.map(({ name, source }) => source === undefined ? name : `${name} (${source})`)
        .join(" "),
      rule.denies.map(({ name }) => name).join(" "),
      rule.reason ?? "",
    ]),
  ]);
}

/** What a rule is restricted to: `GET POST /orgA/** for ci`. */
function conditionsText({ paths, methods, agents }: RuleDescription): string {
  return [
    ...methods ?? [],
    ...paths.filter((path) => path !== "/**"),
    ...(agents === undefined ? [] : ["for", ...agents]),
  ].join(" ");
}

function wantsText(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  return accept.includes("text/plain") && !accept.includes("application/json");
}

function problem(
  c: Context,
  { status, detail }: { status: 401 | 404 | 421; detail: string },
): Response {
  return c.body(JSON.stringify({ type: "about:blank", status, detail }) + "\n", status, {
    "Content-Type": "application/problem+json",
  });
}
