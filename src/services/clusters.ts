import { contestedRule } from "../policy/contested_rule.ts";
import { bearer, describeField, type FieldTemplate } from "../policy/credential_format.ts";
import { formatHostPattern, type HostPattern } from "../policy/host_pattern.ts";
import type { Carriers } from "../policy/inject.ts";
import type { Rule } from "../policy/rule.ts";
import type { Problem } from "../secrets/problem.ts";
import type { SecretStore } from "../secrets/secret_store.ts";
import type { ServiceUpgrade } from "../wire/upgrade_protocol.ts";
import { findContests, hostsWithLabel, includesPattern } from "./cluster_hosts.ts";
import {
  type ClusterPrefix,
  type ClusterVariables,
  sortClusterVariables,
} from "./cluster_variables.ts";
import { newDraft, type RuleDraft } from "./draft.ts";
import { readHostList } from "./host_list.ts";
import { activeNote, makeRule } from "./make_rule.ts";

/** A kind of cluster that the operator names the hosts of. */
export interface ClusterKind {
  readonly prefix: ClusterPrefix;
  /** The service, and the name of its rule for all clusters. */
  readonly service: string;
  readonly defaultPort: number;
  readonly carriers: Carriers;
  /** What its clients switch connections to, beside websocket. */
  readonly upgrades?: readonly ServiceUpgrade[];
}

/** The kinds of cluster, Kubernetes first. */
export const clusterKinds: readonly ClusterKind[] = [
  {
    prefix: "K8S",
    service: "kubernetes",
    defaultPort: 6443,
    carriers: {
      fields: ["authorization"],
      // Browsers pass a bearer token to the API server as a WebSocket subprotocol
      // (kubernetes/kubernetes, apiserver/pkg/authentication/request/websocket).
      members: [{
        field: "sec-websocket-protocol",
        prefix: "base64url.bearer.authorization.k8s.io.",
      }],
    },
    // `kubectl exec`, `attach`, `cp` and `port-forward` before 1.31, and of later ones what falls back
    // (kubernetes/kubernetes, client-go/transport/spdy).
    upgrades: ["SPDY/3.1"],
  },
  {
    prefix: "TALOS",
    service: "talos",
    defaultPort: 50000,
    carriers: { fields: ["authorization"] },
  },
];

/** What the rules of clusters are made from. */
export interface ClusterInput {
  readonly secrets: SecretStore;
  /** Reads a file of PEM certificates. */
  readonly readCa: (path: string) => string | Problem;
}

/**
 * Makes the rules of one kind of cluster.
 *
 * `*_TOKEN` goes to the hosts of `*_HOSTS`. A cluster's token goes to the hosts of its own
 * `*_HOSTS_CLUSTER`, or else to those of `*_HOSTS` that have its name as a whole label, and wins
 * there. A host that two clusters claim gets neither's. `*_CA` and `*_CA_CLUSTER` are files that
 * replace the default roots. No port and no path stands for a host (invariant I2).
 */
export function buildClusterRules(kind: ClusterKind, { secrets, readCa }: ClusterInput): RuleDraft {
  return new ClusterBuilder(kind, { secrets, readCa }).build();
}

interface Trust {
  readonly trustAnchors?: string;
  readonly trustAnchorsSource?: string;
  readonly unavailable?: string;
}

class ClusterBuilder {
  readonly #kind: ClusterKind;
  readonly #input: ClusterInput;
  readonly #draft = newDraft();
  readonly #shared: ClusterVariables;
  readonly #clusters: ReadonlyMap<string, ClusterVariables>;
  /** The hosts of all clusters; `undefined` if the variable is not set. */
  readonly #sharedHosts: readonly HostPattern[] | undefined;

  constructor(kind: ClusterKind, input: ClusterInput) {
    this.#kind = kind;
    this.#input = input;
    const sorted = sortClusterVariables(input.secrets.names(), kind.prefix);
    this.#draft.problems.push(...sorted.problems);
    this.#shared = sorted.shared;
    this.#clusters = sorted.clusters;
    this.#sharedHosts = this.#readHosts(sorted.shared.HOSTS);
  }

  build(): RuleDraft {
    const hosts = new Map<string, readonly HostPattern[]>();
    for (const [cluster, variables] of this.#clusters) {
      const own = this.#readHosts(variables.HOSTS);
      const claimed = own ?? hostsWithLabel(this.#sharedHosts ?? [], cluster);
      hosts.set(cluster, claimed);
      if (own === undefined && claimed.length === 0) this.#noteNoHost(cluster, variables);
    }
    const contests = findContests(hosts);
    const rules = new Map<string, Rule>();
    for (const [cluster, patterns] of hosts) {
      if (patterns.length > 0) rules.set(cluster, this.#clusterRule(cluster, patterns));
    }
    for (const { pattern, clusters } of contests) {
      const claimants = new Map([...rules].filter(([cluster]) => clusters.includes(cluster)));
      const rule = contestedRule(pattern, { group: this.#kind.service, claimants });
      this.#draft.notes.push({
        kind: "notice",
        subject: this.#kind.service,
        message: rule.unavailable ?? "",
      });
      if (pattern.kind === "exact") this.#draft.rules.push(rule);
    }
    const lost = new Set(
      contests.filter(({ pattern }) => pattern.kind === "exact")
        .map(({ pattern }) => formatHostPattern(pattern)),
    );
    for (const rule of rules.values()) this.#addRule(withoutHosts(rule, lost));
    this.#addSharedRule([...hosts.values()].flat());
    return this.#draft;
  }

  #clusterRule(cluster: string, hosts: readonly HostPattern[]): Rule {
    const { service, prefix } = this.#kind;
    const variables = this.#clusters.get(cluster) ?? {};
    // K8S_TOKEN is for the hosts of K8S_HOSTS: a cluster with hosts of its own needs its own token.
    const inherits = variables.HOSTS === undefined && variables.TOKEN === undefined;
    const token = variables.TOKEN ??
      `${prefix}_TOKEN${inherits ? "" : `_${cluster.toUpperCase().replaceAll("-", "_")}`}`;
    return makeRule({
      name: `${service}-${cluster}`,
      service,
      hosts,
      template: { fields: [tokenField(token)] },
      carriers: this.#kind.carriers,
      ...this.#upgrades(),
      source: variables.HOSTS ?? this.#shared.HOSTS ?? `${prefix}_HOSTS`,
      claim: { group: service, claimant: cluster },
      ...this.#trust(variables.CA ?? this.#shared.CA),
    }, this.#input.secrets);
  }

  #addSharedRule(claimed: readonly HostPattern[]): void {
    const { service, prefix } = this.#kind;
    const token = `${prefix}_TOKEN`;
    const hosts = (this.#sharedHosts ?? [])
      .filter((pattern) => !claimed.some((other) => includesPattern(other, pattern)));
    if (hosts.length === 0) {
      this.#noteSharedUnused();
      return;
    }
    this.#addRule(makeRule({
      name: service,
      service,
      hosts,
      template: { fields: [tokenField(token)] },
      carriers: this.#kind.carriers,
      ...this.#upgrades(),
      source: `${prefix}_HOSTS`,
      claim: { group: service },
      ...this.#trust(this.#shared.CA),
    }, this.#input.secrets));
  }

  #addRule(rule: Rule): void {
    if (rule.hosts.length === 0) return;
    this.#draft.rules.push(rule);
    if (rule.unavailable === undefined) {
      this.#draft.notes.push(activeNote(rule.name, [rule]));
      return;
    }
    const shared = rule.claim?.claimant === undefined && this.#clusters.size > 0;
    const hosts = rule.hosts.map((pattern) =>
      (shared && pattern.kind === "suffix" ? "any other host of " : "") + formatHostPattern(pattern)
    ).join(", ");
    const message = `${rule.unavailable}, so ${hosts} is answered with 502`;
    this.#draft.notes.push({ kind: "nearly", subject: rule.name, message });
  }

  #readHosts(variable: string | undefined): HostPattern[] | undefined {
    if (variable === undefined) return undefined;
    return readHostList(variable, {
      secrets: this.#input.secrets,
      defaultPort: this.#kind.defaultPort,
      wildcards: "allowed",
      problems: this.#draft.problems,
    });
  }

  #upgrades(): Pick<Rule, "upgrades"> {
    const { upgrades } = this.#kind;
    return upgrades === undefined ? {} : { upgrades };
  }

  #trust(variable: string | undefined): Trust {
    if (variable === undefined) return {};
    const setting = this.#input.secrets.setting(variable);
    const path = setting?.value ?? "";
    // Falling back to the default roots would trust more than was asked for (invariant I7).
    const unavailable = `the certificates of ${variable} cannot be used`;
    const where = `${variable} (${setting?.source})`;
    if (path === "") {
      this.#report({ where, message: "It names no file: give it a path, or remove it" });
      return { unavailable };
    }
    const pem = this.#input.readCa(path);
    if (typeof pem !== "string") {
      // A certificate or a token that was put here by mistake is not repeated.
      const shown = /^[.~]{0,2}\/[\x21-\x7e]+$/.test(path) ? path : "it is no path";
      this.#report({ where, message: `${pem.message} (${shown})` });
      return { unavailable };
    }
    if (!/-----BEGIN CERTIFICATE-----\s+\S/.test(pem)) {
      this.#report({ where, message: `There is no PEM certificate in ${path}` });
      return { unavailable };
    }
    return { trustAnchors: pem, trustAnchorsSource: path };
  }

  #report(problem: Problem): void {
    const known = this.#draft.problems.some(({ where, message }) =>
      where === problem.where && message === problem.message
    );
    if (!known) this.#draft.problems.push(problem);
  }

  #noteNoHost(cluster: string, { TOKEN, CA }: ClusterVariables): void {
    const { prefix, service, defaultPort } = this.#kind;
    const variable = TOKEN ?? CA ?? "";
    const own = `${prefix}_HOSTS_${cluster.toUpperCase().replaceAll("-", "_")}`;
    const reason = `${variable} is set, but no host is named for it: set ${own}=HOST[:PORT] ` +
      `(port ${defaultPort} if none is given), or add a host with the label "${cluster}" to ` +
      `${prefix}_HOSTS`;
    this.#draft.notes.push({ kind: "nearly", subject: `${service}-${cluster}`, message: reason });
    this.#draft.inactive.push({
      name: `${service}-${cluster}`,
      service,
      hosts: [`\${${own}}`],
      fields: [describeField(tokenField(TOKEN ?? `${prefix}_TOKEN`))],
      variables: [variable],
      reason,
    });
  }

  /** There is no host for the shared token: says so if it is set, and why. */
  #noteSharedUnused(): void {
    const { prefix, service, defaultPort } = this.#kind;
    const token = `${prefix}_TOKEN`;
    const variable = this.#shared.TOKEN ?? this.#shared.CA;
    if (this.#sharedHosts === undefined) {
      const example = `${prefix}_HOSTS=HOST[:PORT],… (port ${defaultPort} if none is given)`;
      const reason = variable === undefined
        ? `set ${token} and ${example}`
        : `${variable} is set, but goes nowhere: set ${example}`;
      // A CA alone may be for clusters that have hosts of their own.
      if (this.#shared.TOKEN !== undefined || this.#clusters.size === 0) {
        this.#draft.inactive.push({
          name: service,
          service,
          hosts: [`\${${prefix}_HOSTS}`],
          fields: [describeField(tokenField(token))],
          variables: [token],
          reason,
        });
        if (variable !== undefined) {
          this.#draft.notes.push({ kind: "nearly", subject: service, message: reason });
        }
      }
      return;
    }
    const used = this.#draft.rules.some((rule) =>
      rule.variables.some(({ name }) => name === token)
    );
    if (this.#shared.TOKEN === undefined || used || this.#sharedHosts.length === 0) return;
    this.#draft.notes.push({
      kind: "notice",
      subject: service,
      message: `${token} goes nowhere: every host of ${prefix}_HOSTS is a cluster's with a token ` +
        "of its own",
    });
  }
}

function tokenField(variable: string): FieldTemplate {
  return { name: "Authorization", format: bearer, variable };
}

function withoutHosts(rule: Rule, lost: ReadonlySet<string>): Rule {
  return { ...rule, hosts: rule.hosts.filter((pattern) => !lost.has(formatHostPattern(pattern))) };
}
