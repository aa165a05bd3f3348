/**
 * Writes docs/clients.md from the table of clients.
 *
 * Run: `./scripts/deno task clients-page`.
 *
 * @module
 */

import type { Client } from "../src/clients/client.ts";
import { clients } from "../src/clients/client_table.ts";
import { clientVariables, describeVariable } from "../src/clients/client_variables.ts";

/** Writes the table of clients as a page of Markdown. */
export function clientsPage(): string {
  return `# What clients need

\`auth-proxy env\` prints all these variables; a client reads those of its row. Written by
\`./scripts/deno task clients-page\` from \`src/clients/\`. A version in the fourth column says that
the tests ran that one in a clean home twice, with all the variables and with those of its row alone
(Claude Code and gRPC: with all of them): it got its answer, and the service saw the credential that
only the proxy holds. Where there is none, the row is taken from the documentation that it links to.

| Client | Proxy | Trust | Tried with | What variables cannot do |
| --- | --- | --- | --- | --- |
${clients.map(clientRow).join("\n")}

| Variable | Holds |
| --- | --- |
${clientVariables.map((name) => `| \`${name}\` | ${describeVariable(name)} |`).join("\n")}

${remarks}`;
}

function clientRow({ name, proxy, trust, tried, beyond, source }: Client): string {
  const cells = [
    `[${name}](${source})`,
    listVariables(proxy),
    listVariables(trust),
    tried ?? "–",
    beyond ?? "",
  ];
  return `| ${cells.join(" | ")} |`;
}

function listVariables(names: readonly string[]): string {
  return names.length === 0 ? "–" : names.map((name) => `\`${name}\``).join(" ");
}

const remarks =
  `\`ca-bundle.pem\` has the host's roots, the anchors of \`--upstream-ca\` and our CA: a client that
takes it in place of its own roots still trusts what is tunnelled. \`ca.pem\` is our CA alone, to
install in a system's store. \`truststore.p12\` has the certificates of the bundle for Java (8u301,
11.0.12 and later), under the password \`changeit\`, which every Java truststore has: it protects
nothing. It and \`auth-proxy.ini\` are written within a second of the first start.

\`no_proxy\` names the client's own loopback, so that it reaches its development servers; the proxy
would refuse these names, as they would be the host's. Nothing else is in it: what goes around the
proxy is neither checked nor recorded, and whether it gets anywhere is for the container's network
to say.

A variable that an image sets already (\`JAVA_TOOL_OPTIONS\`, \`PHP_INI_SCAN_DIR\`) is replaced.

## Claude Code

\`claude -p\` needs nothing more. The interactive program asks at its first start whether it may use
the API key of its environment (here: the placeholder), and proposes no; and before that, it insists
on reaching \`platform.claude.com\`, which an egress policy may deny. Both are settled beforehand in
\`~/.claude.json\`; the placeholder stays the same as long as the CA folder does:

\`\`\`sh
cat > ~/.claude.json <<EOF
{
  "hasCompletedOnboarding": true,
  "customApiKeyResponses": { "approved": ["$(printf %s "$ANTHROPIC_API_KEY" | tail -c 20)"] },
  "projects": { "$PWD": { "hasTrustDialogAccepted": true } }
}
EOF
\`\`\`

It calls on \`api.anthropic.com\` and, for news, updates and plugins, on \`downloads.claude.ai\`,
\`raw.githubusercontent.com\`, \`github.com\` and \`registry.npmjs.org\`. It works if these are
denied; with \`CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\` it tries fewer of them.
`;

if (import.meta.main) {
  await Deno.mkdir("docs", { recursive: true });
  await Deno.writeTextFile("docs/clients.md", clientsPage());
}
