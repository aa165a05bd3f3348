import { type ClientName, clientNamed, clients } from "./client_table.ts";

/** A client that the script knows to try. */
interface Trial {
  readonly client: ClientName;
  /** Says, in shell, whether it is there. */
  readonly present: string;
  /** Fetches `$1` and prints it, in shell. */
  readonly fetch: string;
}

const python = (code: string) => `python3 -c '${code}' "$1"`;

/** The variables that name a PEM file. */
const pemVariables = [...new Set(clients.flatMap(({ trust }) => trust))]
  .filter((name) => name !== "JAVA_TOOL_OPTIONS" && name !== "PHP_INI_SCAN_DIR");

/** In the order in which they are tried. */
const trials: readonly Trial[] = [
  {
    client: "curl",
    present: "have curl",
    fetch: 'curl -sS --max-time 20 "$1"',
  },
  {
    client: "wget",
    present: "have wget && wget --version 2>&1 | grep -q GNU",
    fetch: 'wget -nv -O - --timeout=20 --tries=1 "$1"',
  },
  {
    client: "Node fetch, http and https",
    present: "have node",
    fetch: `node -e 'fetch(process.argv[1], { signal: AbortSignal.timeout(20000) })` +
      `.then((r) => r.text()).then(console.log, (e) => { console.error(String(e.cause?.code), String(e.cause ?? e)); process.exit(1) })' "$1"`,
  },
  {
    client: "Python urllib",
    present: "have python3",
    fetch: python(
      "import sys, urllib.request; " +
        "print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())",
    ),
  },
  {
    client: "Python requests",
    present: "have python3 && python3 -c 'import requests'",
    fetch: python("import sys, requests; print(requests.get(sys.argv[1], timeout=20).text)"),
  },
  {
    client: "Python httpx",
    present: "have python3 && python3 -c 'import httpx'",
    fetch: python("import sys, httpx; print(httpx.get(sys.argv[1], timeout=20).text)"),
  },
  {
    client: "Deno",
    present: "have deno",
    fetch: `deno eval --no-config 'console.log(await (await fetch(Deno.args[0])).text())' "$1"`,
  },
  {
    client: "Ruby",
    present: "have ruby",
    fetch: `ruby -ropen-uri -e 'puts URI.open(ARGV[0], read_timeout: 20).read' "$1"`,
  },
  {
    client: "PHP",
    present: "have php && php -m | grep -qx curl",
    fetch: `php -r '$c = curl_init($argv[1]); curl_setopt($c, CURLOPT_TIMEOUT, 20); ` +
      `if (!curl_exec($c)) { fwrite(STDERR, curl_error($c)); exit(1); }' "$1"`,
  },
];

/**
 * Writes the script that finds out, from inside a container, whether its clients go through the proxy,
 * trust it and would get their credentials. It needs a POSIX shell and curl, and sends no credential:
 * what it asks for is answered by the proxy itself.
 *
 * @param base Where the proxy's own resources are, as the client called it: `http://HOST:PORT/…`. It is
 *   made of a host and a port, and holds nothing that means something to a shell.
 */
export function doctorScript(base: string): string {
  return `#!/bin/sh
# Is this container set up for auth-proxy? Prints a line for each thing that was tried; exits 1 if
# something is wrong. No credential is spent: the proxy answers by itself.
base='${base}'
${body}
${trials.map(trialText).join("\n")}
${git}
finish
`;
}

function trialText({ client, present, fetch }: Trial): string {
  const { trust, beyond = "" } = clientNamed(client);
  const limits = beyond.replaceAll(/[`'"]/g, "");
  const forTrust = trust.length > 0
    ? `set ${trust.join(" and ")}, as auth-proxy env prints it`
    : limits;
  return `if { ${present}; } >/dev/null 2>&1; then
  fetch() { ${fetch}; }
  try_client '${client}' '${forTrust}' '${limits}'
fi`;
}

const body = `failures=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
have() { command -v "$1"; }
ok() { printf 'ok    %s\\n' "$1"; }
note() { printf 'note  %s\\n' "$1"; }
fail() { printf 'FAIL  %s\\n      mend: %s\\n' "$1" "$2"; failures=$((failures + 1)); }
finish() {
  if [ "$failures" = 0 ]; then echo 'Everything that was tried works.'; exit 0; fi
  echo "$failures found. See docs/clients.md for what each client reads."
  exit 1
}
have curl >/dev/null || { fail 'curl is not here' 'install it: this script needs it'; finish; }

# The proxy's address in the environment.
proxy=\${https_proxy:-\${HTTPS_PROXY:-}}
if [ -z "$proxy" ]; then
  fail 'https_proxy is not set: clients do not go through the proxy' \\
    "set the variables that auth-proxy env prints; https_proxy=\${base%%/.well-known*}"
  finish
fi
if [ -n "\${https_proxy:-}" ] && [ -n "\${HTTPS_PROXY:-}" ] && [ "$https_proxy" != "$HTTPS_PROXY" ]
then
  fail 'https_proxy and HTTPS_PROXY differ: clients read one or the other' 'give them one value'
fi
shown=$(printf '%s' "$proxy" | sed 's#//[^@/]*@#//***@#')

# Whether it is this proxy, and lets us in. By its own address, whatever no_proxy says.
status=$(curl -s --noproxy '*' --max-time 20 -o "$work/services" -w '%{http_code}' \\
  "$(printf '%s' "$proxy" | sed 's#/*$##')/.well-known/auth-proxy/services.txt" 2>"$work/error") || status=000
case $status in
  200) ok "the proxy at $shown answers, and lets this agent in" ;;
  407) fail "the proxy at $shown does not let this agent in (407)" \\
    'put the agent name and its token into the URL: http://AGENT:TOKEN@HOST:PORT (auth-proxy agent add makes one)'
    finish ;;
  000) if grep -Eiq 'certificate|SSL' "$work/error"; then
      fail "the proxy at $shown is spoken to over TLS, and curl does not trust it" \\
        'set CURL_CA_BUNDLE, as auth-proxy env prints it'
      finish
    fi
    fail "nothing answers at $shown, which https_proxy names" \\
    "correct host and port: this script came from \${base%%/.well-known*}"
    finish ;;
  *) fail "what answers at $shown is not auth-proxy (status $status)" \\
    "let https_proxy name the proxy: this script came from \${base%%/.well-known*}"
    finish ;;
esac

# The CA that this proxy signs with, in every file that a variable names.
curl -s --noproxy '*' --max-time 20 "$base/ca.pem" | sed -n 2p >"$work/ca"
for name in ${pemVariables.join(" ")}
do
  eval "file=\\\${$name:-}"
  [ -n "$file" ] || continue
  if [ ! -r "$file" ]; then
    fail "$name names $file, which cannot be read here" \\
      'mount public/ of the CA folder there, or have auth-proxy env print the variables with --public-dir'
  elif ! grep -qxFf "$work/ca" "$file"; then
    fail "$name names $file, which does not hold the CA of this proxy" \\
      'it is another CA or an old one: mount public/ of the CA folder of the proxy that runs, or get it anew'
  fi
done

# A credential in here is one that can be stolen.
while read -r kind name value; do
  [ "$kind" = placeholder ] || continue
  eval "found=\\\${$name:-}"
  if [ -n "$found" ] && [ "$found" != "$value" ]; then
    fail "$name is set, and is not the placeholder: it may be a real credential" \\
      "take it out of this container, or set it to what auth-proxy env prints"
  fi
done <"$work/services"

# A host to try: one whose credential is there, if there is one.
grep '^service ' "$work/services" >"$work/hosts"
while read -r kind rule host port path state; do
  [ "$state" = unavailable ] && note "rule $rule has no credential at present: $host answers 502"
done <"$work/hosts"
# Rules without a path first: any request to their hosts is theirs.
read -r kind rule host port path state <<HOST
$(awk '{ print ($6 == "available" ? 0 : 1) ($5 == "/" ? 0 : 1), $0 }' "$work/hosts" | sort -s -k1,1 | cut -d' ' -f2- | head -n 1)
HOST
if [ -z "\${host:-}" ]; then
  fail 'the proxy has no credential for this agent at any host' \\
    'configure one on the host (auth-proxy check says what is there); agents: of a rule say whom it is for'
  finish
fi
[ "$port" = 443 ] && authority=$host || authority=$host:$port
url=https://$authority/.well-known/auth-proxy/probe$path

case ",\${no_proxy:-},\${NO_PROXY:-}," in
  *",$host,"* | *,"*",*)
    fail "no_proxy has clients go around the proxy to $host" "take it out of no_proxy and NO_PROXY" ;;
esac

# Each client asks for what would become of a request: its name, the mend for trust, its limits.
try_client() {
  if fetch "$url" >"$work/answer" 2>"$work/error"; then
    if grep -q '"intercepted": true' "$work/answer"; then
      if grep -q '"decision": "allow"' "$work/answer"; then
        ok "$1: trusts the proxy; at $host rule $rule would add the credential"
      else
        fail "$1: $host is refused: $(sed -n 's/^ *"reason": "\\(.*\\)",*$/\\1/p' "$work/answer")" \\
          "mend that on the host: auth-proxy explain GET https://$authority$path"
      fi
      return
    fi
    fail "$1: was answered by something else than the proxy" \\
      'it does not go through the proxy: see the proxy variables that it reads'
    return
  fi
  if grep -Eiq 'certificate|SSL|TLS|issuer|unable to get local|self.signed' "$work/error"; then
    fail "$1: does not trust the proxy's certificate" "$2"
  elif grep -q 407 "$work/error"; then
    fail "$1: does not send the agent's token (407)" 'write it into the URL of both proxy variables'
  else
    fail "$1: does not reach $host through the proxy: $(tail -n 1 "$work/error" | cut -c 1-200)" \\
      "see the proxy variables that it reads. \${3:-}"
  fi
}
`;

/** A repository is not what is there: git says so once it has got the answer. */
const git = `if have git >/dev/null; then
  fetch() {
    GIT_TERMINAL_PROMPT=0 git ls-remote "$1" 2>&1 | grep -q 'is this a git repository' && return
    GIT_TERMINAL_PROMPT=0 git ls-remote "$1"
  }
  if fetch "$url" >"$work/answer" 2>"$work/error"; then
    ok "git: trusts the proxy at $host"
  else
    try_client git 'set ${clientNamed("git").trust.join(" and ")}, as auth-proxy env prints it'
  fi
fi`;
