/**
 * The configuration file, from its path to its settings. Loaded only when there is one: the parser
 * and the schema take time to load.
 *
 * @module
 */
import { dirname } from "node:path";
import { openEgress } from "../policy/egress_policy.ts";
import type { Problem } from "../secrets/problem.ts";
import { secretCircle } from "../secrets/secret_circle.ts";
import { readTextFile } from "../secrets/text_file.ts";
import type { ServiceOptions } from "../services/service_setting.ts";
import { fileSettings, writtenSections } from "./file_settings.ts";
import { makeFileSchema, type ParsedFile } from "./file_schema.ts";
import { placed } from "./placed.ts";
import { readServices } from "./read_services.ts";
import type { PlacelessRule } from "./rule_schema.ts";
import { schemaProblems } from "./schema_problems.ts";
import { type FileConfig, noFile } from "./settings.ts";
import { readYamlTree, type YamlPath, type YamlProblem, type YamlTree } from "./yaml_tree.ts";

/** The longest file, in bytes. */
const FILE_LIMIT = 1024 * 1024;

/**
 * Reads a configuration file.
 *
 * @returns What it says, and every problem with it: it counts only if there is none. No problem
 * quotes a value in whose place a secret could stand.
 */
export async function readConfigFile(
  path: string,
  services: readonly ServiceOptions[],
): Promise<{ file: FileConfig; problems: Problem[] }> {
  const read = await readTextFile(path, FILE_LIMIT);
  if ("message" in read) {
    const message = `Cannot read it: ${read.message}`;
    return { file: noFile, problems: [{ where: `--config ${path}`, message }] };
  }
  return parseConfigFile(read.text, { path, services });
}

/** Reads the text of a configuration file; `path` is what problems call it. */
export function parseConfigFile(
  text: string,
  { path, services }: { path: string; services: readonly ServiceOptions[] },
): { file: FileConfig; problems: Problem[] } {
  const tree = readYamlTree(text);
  // A file in which everything is commented out says nothing.
  const result = makeFileSchema(services).safeParse(tree.value ?? {});
  const issues = tree.isWellFormed ? result.error?.issues ?? [] : [];
  const found = joinProblems(tree.problems, schemaProblems(issues, tree));
  if (found.length > 0 || !result.success) {
    const problems = found.map(({ line, column, message }) => ({
      where: `${path}:${line}:${column}`,
      message,
    }));
    return { file: noFile, problems };
  }
  const file = fileConfigOf(result.data, { tree, path });
  const circle = secretCircle(file.secrets);
  if (circle === undefined) return { file, problems: [] };
  const { line, column } = tree.position(["secrets", circle[0] ?? ""]);
  const message = `Cannot obtain secrets.${circle[0]}: it is needed for itself ` +
    `(${circle.join(" → ")}); take one of them from elsewhere`;
  return { file: noFile, problems: [{ where: `${path}:${line}:${column}`, message }] };
}

/** In the file's order; what the schema misses where the tree has a problem is no other one. */
function joinProblems(ofTree: readonly YamlProblem[], ofSchema: readonly YamlProblem[]) {
  const idOf = ({ line, column }: YamlProblem) => `${line}:${column}`;
  const known = new Set(ofTree.map(idOf));
  return [...ofTree, ...ofSchema.filter((problem) => !known.has(idOf(problem)))]
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function fileConfigOf(
  parsed: ParsedFile,
  { tree, path }: { tree: YamlTree; path: string },
): FileConfig {
  const { rules, egress, agents, audit, redaction, canaries, secrets } = parsed;
  const folder = dirname(path);
  const whereOf = (place: YamlPath) => {
    const { line, column } = tree.position(place);
    return `${path}:${line}:${column}`;
  };
  const file = { tree, folder, whereOf };
  return {
    settings: fileSettings(file),
    written: writtenSections(file),
    limits: Object.entries(parsed.limits ?? {}).map(([name, value]) => ({
      value: `${name}=${value}`,
      origin: whereOf(["limits", name]),
    })),
    audit: audit ?? noFile.audit,
    fileRules: (rules ?? []).map((rule, index) => ({
      ...withPaths(rule, folder),
      where: whereOf(["rules", index]),
    })),
    egress: egress === undefined ? openEgress : {
      default: egress.default ?? openEgress.default,
      mode: egress.mode ?? openEgress.mode,
      ruleHosts: egress.rule_hosts ?? openEgress.ruleHosts,
      allow: withPlaces(egress.allow ?? [], "egress.allow"),
      deny: withPlaces(egress.deny ?? [], "egress.deny"),
    },
    agents: Object.entries(agents ?? {}).map(([name, { token_sha256, addresses }]) => ({
      name,
      ...(token_sha256 === undefined ? {} : { tokenSha256: token_sha256 }),
      ...(addresses === undefined ? {} : { addresses }),
    })),
    redaction: { off: redaction?.off ?? [], allowRange: redaction?.allow_range ?? [] },
    canaries: canaries?.action ?? noFile.canaries,
    rateLimits: (parsed.rate_limits ?? []).map((limit, index) => ({
      ...limit,
      where: whereOf(["rate_limits", index, ...limit.rule === undefined ? [] : ["rule"]]),
    })),
    secrets: new Map(
      Object.entries(secrets ?? {}).map(([name, place]) => [name, place(folder)]),
    ),
    ...readServices(parsed.services ?? {}, file),
  };
}

/** Files are named from the configuration file's folder. */
function withPaths(rule: PlacelessRule, folder: string): PlacelessRule {
  if (rule.upstream === undefined) return rule;
  const { ca, clientCertificate, clientKey, ...rest } = rule.upstream;
  const upstream = {
    ...rest,
    ...(ca === undefined ? {} : { ca: placed(ca, folder) }),
    ...(clientCertificate === undefined
      ? {}
      : { clientCertificate: placed(clientCertificate, folder) }),
    ...(clientKey === undefined ? {} : { clientKey: placed(clientKey, folder) }),
  };
  return { ...rule, upstream };
}

function withPlaces<T extends object>(
  entries: readonly T[],
  list: string,
): (T & { readonly place: string })[] {
  return entries.map((entry, index) => ({ ...entry, place: `${list}[${index}]` }));
}
