import type { CustomRule } from "../policy/custom_rule.ts";
import type { Rule } from "../policy/rule.ts";
import { type ClientCertificate, parseClientCertificate } from "../secrets/client_certificate.ts";
import type { Problem } from "../secrets/problem.ts";

/** How the files are read that say whom a rule trusts and as whom it is known. */
export interface TrustFiles {
  /** Reads a file of PEM certificates. */
  readonly readCa: (path: string) => string | Problem;
  /** Reads a file as text. */
  readonly readText: (path: string) => string | Problem;
}

/** What of a rule says how its service is connected to. */
export interface UpstreamParts
  extends Partial<Pick<Rule, "trustAnchors" | "trustAnchorsSource" | "serverName">> {
  readonly clientCertificate?: ClientCertificate;
}

/**
 * Reads the files that a rule's `upstream:` names. What cannot be used is a problem, and never left
 * out: that would trust more than was asked for (invariant I7).
 */
export function readUpstream(
  { upstream = {}, where }: Pick<CustomRule, "upstream" | "where">,
  { readCa, readText }: TrustFiles,
): { parts: UpstreamParts; problems: Problem[] } {
  const problems: Problem[] = [];

  function read(path: string, reader: (path: string) => string | Problem): string | undefined {
    const text = reader(path);
    if (typeof text === "string") return text;
    problems.push({ where, message: `Cannot use ${path}: ${text.message}` });
    return undefined;
  }

  const { ca, clientCertificate, clientKey, serverName } = upstream;
  const named = serverName === undefined ? {} : { serverName };
  const anchors = ca === undefined ? undefined : read(ca, readCa);
  const trust = anchors === undefined
    ? named
    : { ...named, trustAnchors: anchors, trustAnchorsSource: ca ?? "" };
  if (clientCertificate === undefined || clientKey === undefined) return { parts: trust, problems };
  const certificate = read(clientCertificate, readText);
  const key = read(clientKey, readText);
  if (certificate === undefined || key === undefined) return { parts: trust, problems };
  const pair = parseClientCertificate({ name: clientKey, certificate, key }, Date.now());
  if ("certificate" in pair) {
    return { parts: { ...trust, clientCertificate: pair.certificate }, problems };
  }
  const message = `Cannot use ${clientCertificate} with ${clientKey}: ${pair.refusal}`;
  return { parts: trust, problems: [...problems, { where, message }] };
}
