import { createHmac } from "node:crypto";

/**
 * What a value of each variable looks like, so that a tool that checks the form of its credential
 * accepts a placeholder: `{36}` is so many letters and digits, `{64:hex}` hexadecimal ones.
 */
const shapes: Readonly<Record<string, string>> = {
  ANTHROPIC_API_KEY: "sk-ant-api03-{93}AA",
  ATLASSIAN_API_TOKEN: "ATATT3xFfGF0{180}",
  ATLASSIAN_PAT: "{44}",
  CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-{93}AA",
  CLOUDFLARE_API_TOKEN: "{40}",
  GEMINI_API_KEY: "AIzaSy{33}",
  GITHUB_ENTERPRISE_TOKEN: "ghp_{36}",
  GITHUB_TOKEN: "ghp_{36}",
  GITLAB_TOKEN: "glpat-{20}",
  GRAFANA_TOKEN: "glsa_{32}_{8:hex}",
  HF_TOKEN: "hf_{34}",
  LINEAR_API_KEY: "lin_api_{40}",
  NOTION_TOKEN: "ntn_{46}",
  NPM_TOKEN: "npm_{36}",
  OPENAI_API_KEY: "sk-proj-{48}",
  PAGERDUTY_TOKEN: "u+{18}",
  PYPI_TOKEN: "pypi-AgEIcHlwaS5vcmc{150}",
  SENTRY_AUTH_TOKEN: "sntryu_{64:hex}",
  SLACK_TOKEN: "xoxb-{12:digits}-{12:digits}-{24}",
};

const otherShape = "{40}";

const alphabets: Readonly<Record<string, string>> = {
  hex: "0123456789abcdef",
  digits: "0123456789",
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
};

/**
 * Makes the values that clients are given in the place of credentials. They are worth nothing, and
 * are always the same for one key: so one that turns up where it does not belong is recognised.
 *
 * @param key Nobody who does not have it can tell a placeholder from a credential.
 * @returns By variable.
 */
export function makePlaceholders(
  variables: Iterable<string>,
  key: string,
): ReadonlyMap<string, string> {
  return new Map([...variables].map((name) => [name, makePlaceholder(name, key)]));
}

function makePlaceholder(variable: string, key: string): string {
  const digits = digitsOf(variable, key);
  return (shapes[variable] ?? otherShape).replace(
    /\{(\d+)(?::(\w+))?\}/g,
    (_, count: string, kind = "letters") => {
      const alphabet = alphabets[kind] ?? "";
      const pick = () => alphabet.charAt(Number(digits.next().value ?? 0) % alphabet.length);
      return Array.from({ length: Number(count) }, pick).join("");
    },
  );
}

/** As many octets as are asked for (HMAC in counter mode, NIST SP 800-108 section 4.1). */
function* digitsOf(variable: string, key: string): Generator<number> {
  for (let counter = 0;; counter++) {
    yield* createHmac("sha256", key).update(`placeholder ${counter} ${variable}`).digest();
  }
}
