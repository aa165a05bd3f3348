/**
 * Configuration files that cannot be meant, with the exact words that a person gets.
 *
 * @module
 */

const ruleHead = "rules:\n  - match: { host: a.example.com }\n";
const yaml = "Cannot read the file as YAML:";
const entryKeys = "host, port, methods, path, agents";
const topKeys =
  "listen, admin, listen_tls, tls_clients, transparent, listen_names, admin_socket, " +
  "env_files, secrets_dirs, ca_dir, ca_cert, ca_key, upstream_ca, upstream_proxy, connect_to, allow_private, " +
  "allow_endpoints, agent_token_file, admin_token_file, allow_unauthenticated, via, drain_delay, " +
  "drain_timeout, log_format, limits, rules, egress, agents, audit, " +
  "redaction, canaries, rate_limits, secrets, services";
const variable = "write the name of a variable (letters, digits and _), not the secret itself";
const source = "write where it comes from, as { env: VARIABLE }, { file: PATH } or " +
  "{ command: [PROGRAM, ARGUMENT] }, never the secret itself";
const alias = "Cannot use an alias: write the value out; " +
  'text that begins with "*" goes in quotes, as in "*.example.com"';
const template =
  'write a text with one ${VARIABLE} where the secret goes, as "Bearer ${VARIABLE}", ' +
  "never the secret itself";

const token = `ghp_${"s3cr3t".repeat(6)}`;
const oneVariable = 'write "${VARIABLE}", never the secret itself';
const awsKeys = "access_key_id: '${A}', secret_access_key: '${B}'";

function aws(value: string): string {
  return `${ruleHead}    inject: { aws_sigv4: ${value} }\n`;
}

/** What is wrong, the file, and every line that a person gets. */
export const brokenConfigs:
  readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
    [
      "one name for many hosts",
      "rules:\n  - match: { host: '*.corp.example.com' }\n" +
      "    inject: { headers: { X-Key: '${A}' } }\n    upstream: { server_name: b.example.com }\n",
      ["4:30: Cannot read rules[0].upstream.server_name: it is for one host: write that host in match:, not a wildcard"],
    ],
    ["AWS keys that are no variables", aws("{ access_key_id: AKIA, secret_access_key: sesame }"), [
      `3:43: Cannot read rules[0].inject.aws_sigv4.access_key_id: ${oneVariable}`,
      `3:68: Cannot read rules[0].inject.aws_sigv4.secret_access_key: ${oneVariable}`,
    ]],
    ["a signature without its secret", aws("{ access_key_id: '${A}' }"), [
      "3:15: Cannot do without rules[0].inject.aws_sigv4.secret_access_key: " + oneVariable,
    ]],
    ["a region that is none", aws(`{ ${awsKeys}, region: EU West, service: "" }`), [
      "3:86: Cannot read rules[0].inject.aws_sigv4.region: write it as AWS does, such as eu-west-1",
      "3:104: Cannot read rules[0].inject.aws_sigv4.service: write it as AWS does, such as s3",
    ]],
    ["a signature beside a header", aws(`{ ${awsKeys} }, headers: { X-Key: '\${A}' }`), [
      "3:26: Cannot read rules[0].inject.aws_sigv4: a signed request has no other credential: " +
      "remove headers:, basic: and query:",
    ]],
    [
      "a secret for every bucket",
      "rules:\n  - match: { host: '*.s3.eu-west-1.amazonaws.com' }\n" +
      "    inject: { headers: { X-Key: '${A}' } }\n",
      [
        '2:20: Cannot accept host pattern "*.s3.eu-west-1.amazonaws.com": anyone can register a name ' +
        'under "s3.eu-west-1.amazonaws.com" (public suffix list); name the hosts',
      ],
    ],
    [
      "a signature for everyone's functions",
      "rules:\n  - match: { host: '*.execute-api.eu-west-1.amazonaws.com' }\n" +
      `    inject: { aws_sigv4: { ${awsKeys} } }\n`,
      [
        '2:20: Cannot accept host pattern "*.execute-api.eu-west-1.amazonaws.com": anyone can register a name ' +
        'under "execute-api.eu-west-1.amazonaws.com" (public suffix list); name the hosts',
      ],
    ],
    ["a list", "- a\n", [
      `1:1: Cannot read the file: write KEY: VALUE, where the keys are ${topKeys}`,
    ]],
    ["a slip in a key", "egres: {}", [
      "1:1: Cannot use egres: no such key; did you mean egress?",
    ]],
    ["a foreign key", "proxy: 1", [`1:1: Cannot use proxy: no such key; there are ${topKeys}`]],
    ["a secret as a key", "egress: { sk-live-Sesame1: 1 }", [
      "1:11: Cannot use this key in egress: no such key; there are default, mode, rule_hosts, allow, deny",
    ]],
    ["a secret in the place of its source", "secrets: { gh: ghp_Sesame }", [
      `1:16: Cannot read secrets.gh: ${source}`,
    ]],
    ["a secret as a secret's name", "secrets: { ghp-Sesame: { env: A } }", [
      `1:12: Cannot read secrets: ${variable}`,
    ]],
    ["a secret in the place of a variable", "secrets: { gh: { env: ghp-Sesame } }", [
      `1:23: Cannot read secrets.gh.env: ${variable}`,
    ]],
    ["a slip in a source", "secrets: { gh: { comand: [gh] } }", [
      "1:16: Cannot read secrets.gh: no such source; did you mean command?",
    ]],
    ["a command as one text", "secrets: { gh: { command: gh auth token } }", [
      "1:27: Cannot read secrets.gh.command: write a program and its arguments as a list, " +
      "such as [gh, auth, token]",
    ]],
    ["a command of nothing", "secrets: { gh: { command: [] } }", [
      "1:27: Cannot read secrets.gh.command: write a program and its arguments as a list, " +
      "such as [gh, auth, token], with at least one in it",
    ]],
    ["a command with another key", "secrets: { gh: { command: [gh], tll: 1m } }", [
      "1:33: Cannot use tll in secrets.gh: no such key; did you mean ttl?",
    ]],
    ["a time without a unit", "secrets: { gh: { command: [gh], ttl: 600 } }", [
      "1:38: Cannot read secrets.gh.ttl: write a time, such as 10m",
    ]],
    ["a time in words", 'secrets: { gh: { command: [gh], max_stale: "1 day" } }', [
      '1:44: Cannot parse "1 day": write a time, such as 500ms, 30s or 10m',
    ]],
    ["a place in JSON that is printed as text", "secrets: { gh: { command: [gh], key: a } }", [
      "1:38: Cannot read secrets.gh.key: it is about JSON: add format: json",
    ]],
    ["a place in JSON that is none", "secrets: { gh: { file: ./a, key: a..b } }", [
      "1:34: Cannot read secrets.gh.key: write names joined by dots, such as data.token",
    ]],
    ["a file that is a number", "secrets: { gh: { file: 5 } }", [
      "1:24: Cannot read secrets.gh.file: write a file's path",
    ]],
    ["a login that is neither on nor a path", "secrets: { cc: { claude_code: false } }", [
      "1:31: Cannot read secrets.cc.claude_code: write true, or the path of .credentials.json",
    ]],
    ["a slip in a service", "services: { sentri: false }", [
      "1:13: Cannot use sentri in services: no such key; did you mean sentry?",
    ]],
    ["a service that is a secret", "services: { sentry: sntrys_Sesame }", [
      "1:21: Cannot read services.sentry: write true, false, or options, as { token: NAME }",
    ]],
    ["a secret as a service's token", "services: { sentry: { token: sntrys-Sesame } }", [
      `1:30: Cannot read services.sentry.token: ${variable}`,
    ]],
    ["hosts of a service that has its own", "services: { sentry: { hosts: [a.example.com] } }", [
      "1:23: Cannot use hosts in services.sentry: no such key; there are token",
    ]],
    [
      "a cluster in clear",
      "services: { kubernetes: { clusters: { a: { server: 'http://k8s.corp', token: a } } } }",
      [
        "1:52: Cannot send a credential in clear: write https://HOST:PORT",
      ],
    ],
    [
      "a cluster with a path",
      "services: { kubernetes: { clusters: { a: { server: 'https://k8s.corp/x', token: a } } } }",
      [
        "1:52: Cannot read services.kubernetes.clusters.a.server: " +
        "write where it is, as https://prod.k8s.corp:6443",
      ],
    ],
    [
      "a cluster that nothing is known by",
      "services: { talos: { clusters: { a: { server: 'https://k8s.corp' } } } }",
      [
        "1:37: Cannot read services.talos.clusters.a: write token:, with a secret's name, " +
        "or client_cert: and client_key:",
      ],
    ],
    [
      "half a client certificate of a cluster",
      "services: { talos: { clusters: { a: { server: 'https://k8s.corp', token: t, " +
      "client_cert: ./c } } } }",
      [
        "1:37: Cannot read services.talos.clusters.a: " +
        "a client certificate needs both client_cert: and client_key:",
      ],
    ],
    ["a slip in a limit", "limits: { max-conections: 5 }", [
      "1:11: Cannot read limits: no such limit; did you mean max-connections?",
    ]],
    ["a limit that is a list", "limits: { max-connections: [5] }", [
      "1:28: Cannot read limits.max-connections: write a limit's value, such as 100, 64KiB or 30s",
    ]],
    ["a setting of the wrong kind", "env_files: secrets.env\nallow_unauthenticated: yes\n", [
      "1:12: Cannot read env_files: write a list of files",
      "2:24: Cannot read allow_unauthenticated: write true or false",
    ]],
    ["words for a choice", "log_format: xml\ntls_clients: password\n", [
      "1:13: Cannot read log_format: write text or json",
      "2:14: Cannot read tls_clients: write certificate or token",
    ]],
    ["a listener without a port", "listen_tls: localhost\n", [
      '1:13: Cannot parse authority "localhost": a port is required',
    ]],
    [
      "a secret in a query",
      "rules: [{ match: { host: a.example.com }, inject: { query: { key: Sesame } } }]",
      [`1:67: Cannot read rules[0].inject.query.key: ${template}`],
    ],
    [
      "a query parameter that is two",
      "rules: [{ match: { host: a.example.com }, inject: { query: { 'a&b': '${A}' } } }]",
      [
        "1:62: Cannot read rules[0].inject.query: " +
        "write a query parameter's name, as it is before it is encoded",
      ],
    ],
    [
      "an exception for nothing",
      "rules: [{ match: { host: a.example.com }, unless: {}, " +
      "inject: { headers: { X-Key: '${A}' } } }]",
      ["1:51: Cannot read rules[0].unless: write query: or headers:, with a name"],
    ],
    [
      "a removal of no header",
      "rules: [{ match: { host: a.example.com }, " +
      "inject: { headers: { X-Key: '${A}' }, remove: { header: [X] } } }]",
      [
        "1:91: Cannot use header in rules[0].inject.remove: no such key; did you mean headers?",
      ],
    ],
    ["a port alone", "listen: 8080\nadmin: localhost\n", [
      "1:9: Cannot read listen: write HOST:PORT, such as 127.0.0.1:8080",
      '2:8: Cannot parse authority "localhost": a port is required',
    ]],
    ["a key twice", "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", [
      `2:1: ${yaml} the key stands there twice; remove one`,
    ]],
    ["two documents", "listen: 127.0.0.1:1\n---\nadmin: 127.0.0.1:2\n", [
      `2:1: ${yaml} a second document begins here; write one, without "---"`,
    ]],
    ["a tab", "egress:\n\tdefault: deny\n", [
      `2:1: ${yaml} a tab stands in the indentation; use spaces`,
    ]],
    ["an open bracket", "rules: [[a.example.com, X-Key, A]\n", [
      `2:1: ${yaml} the indentation or a bracket is wrong here`,
    ]],
    ["an unquoted star", "egress: { allow: [{ host: *.npmjs.org }] }", [
      `1:27: ${alias}`,
    ]],
    ["a bomb of aliases", "egress: &a [x, x]\nagents: &b [*a, *a]\n", [
      "1:12: Cannot read egress: write KEY: VALUE, where the keys are default, mode, rule_hosts, allow, deny",
      '2:12: Cannot read agents: write agents, as ci: { token_sha256: "…" }',
      `2:13: ${alias}`,
      `2:17: ${alias}`,
    ]],
    ["a tag", "egress: { default: !sesame deny }", [
      '1:28: Cannot use a tag: text that begins with "!" goes in quotes',
    ]],
    ["keys and numbers that JSON has not", "egress: { default: .inf }\n1: x\n", [
      "1:20: Cannot use this value: write a text, a number, or a list",
      "2:1: Cannot use this key: write a name",
    ]],
    ["a rule of two parts", "rules: [[a.example.com, X-Key]]", [
      "1:9: Cannot read rules[0]: write [HOST, HEADER, VARIABLE], or match: and inject:",
    ]],
    ["a rule as text", "rules: ['a.example.com,X-Key,sesame']", [
      "1:9: Cannot read rules[0]: write [HOST, HEADER, VARIABLE], or match: and inject:",
    ]],
    [
      "a token that would pass for a variable's name, in a line",
      `rules: [[a.example.com, X-Key, ${token}]]`,
      [
        `1:32: Cannot read rules[0][2]: ${variable}`,
      ],
    ],
    ["such a token in the place of a secret's name", `services: { github: { token: ${token} } }`, [
      `1:30: Cannot read services.github.token: ${variable}`,
    ]],
    [
      "such a token in a template",
      `rules: [{ match: { host: a.example.com }, inject: { headers: { X-Key: "\${${token}}" } } }]`,
      [
        `1:71: Cannot read rules[0].inject.headers.X-Key: ${template}`,
      ],
    ],
    ["a line with three mistakes", "rules: [['*.com', Host, sk-live-sesame]]", [
      '1:10: Cannot accept host pattern "*.com": it covers all of ".com"; ' +
      'add a label, as in "*.example.com", or name the hosts',
      "1:19: Cannot use this header: the header Host frames or routes the message and can hold no " +
      "credential",
      "1:25: Cannot read rules[0][2]: write the name of a variable (letters, digits and _), " +
      "not the secret itself",
    ]],
    ["a rule without inject", ruleHead, [
      "2:5: Cannot do without rules[0].inject: write headers:, basic:, query: or " +
      "aws_sigv4: in it, or a client " +
      "certificate in upstream:",
    ]],
    [
      "a slip in match, a secret in a header",
      "rules:\n  - match: { hots: a.example.com }\n    inject: { headers: { X-Key: sesame } }\n",
      [
        "2:5: Cannot do without rules[0].match.host: write a host, such as api.example.com",
        "2:14: Cannot use hots in rules[0].match: no such key; did you mean host?",
        `3:33: Cannot read rules[0].inject.headers.X-Key: ${template}`,
      ],
    ],
    [
      "a port in the host, and none",
      "rules:\n  - match: { host: a.example.com:8443 }\n    inject: { basic: { user: 'a:b' } }\n",
      [
        "2:20: Cannot read rules[0].match.host: write the port apart, as port: 8443 (and an IPv6 " +
        "address in brackets)",
        "3:15: Cannot do without rules[0].inject.basic.password: " +
        'write "${VARIABLE}", never the password itself',
        "3:30: Cannot read rules[0].inject.basic.user: write a user's name of printable ASCII " +
        "without spaces and colons",
      ],
    ],
    [
      "conditions of the wrong form",
      "rules:\n  - match: { host: a.example.com, path: orgA, methods: [get], port: 65536 }\n" +
      "    inject: { basic: { user: a, password: sesame } }\n    agents: []\n",
      [
        '2:41: Cannot compile path pattern "orgA": it must begin with "/"',
        "2:57: Cannot read rules[0].match.methods[0]: write a method in capital letters, such as GET",
        "2:69: Cannot read rules[0].match.port: write a whole number from 1 to 65535",
        '3:43: Cannot read rules[0].inject.basic.password: write "${VARIABLE}", ' +
        "never the password itself",
        "4:13: Cannot read rules[0].agents: write a list of agents' names, such as [ci], " +
        "with at least one in it",
      ],
    ],
    [
      "a value in the place of a template, and half a client certificate",
      `${ruleHead}    inject: { query: { k: v } }\n    upstream: { client_cert: c.pem }\n`,
      [
        `3:27: Cannot read rules[0].inject.query.k: ${template}`,
        "4:15: Cannot read rules[0].upstream: a client certificate needs both client_cert: and " +
        "client_key:",
      ],
    ],
    ["nothing to inject", `${ruleHead}    inject: { remove: [X-Key] }\n`, [
      "3:13: Cannot read rules[0].inject: write headers:, basic:, query: or aws_sigv4:, with a credential",
    ]],
    ["one header twice", `${ruleHead}    inject: { headers: { X: "\${A}", x: "\${B}" } }\n`, [
      "3:13: Cannot read rules[0].inject: it sets one header twice; remove one",
    ]],
    ["headers that are none", `${ruleHead}    inject: { headers: { "X Y": "\${A}" } }\n`, [
      '3:26: Cannot use this header: "X Y" is no header name',
    ]],
    [
      "two variables in one text, and white space",
      `${ruleHead}    inject: { headers: { X: "\${A}\${B}", Y: " \${A}" } }\n`,
      [
        `3:29: Cannot read rules[0].inject.headers.X: ${template}`,
        "3:44: Cannot read rules[0].inject.headers.Y: write printable ASCII, with no space at its " +
        "beginning or end",
      ],
    ],
    [
      "words that there are not",
      "egress: { default: maybe, mode: off }\ncanaries: { action: shout }\n",
      [
        "1:20: Cannot read egress.default: write allow or deny",
        "1:33: Cannot read egress.mode: write enforce or report",
        "2:21: Cannot read canaries.action: write alarm or refuse",
      ],
    ],
    [
      "entries of the wrong form",
      'egress: { allow: [{ host: "a.*" }, { prot: 1 }], deny: [gist.github.com] }',
      [
        '1:27: Cannot accept host "a.*": "*" stands alone or is the whole first label, as in ' +
        '"*.example.com"',
        "1:36: Cannot do without egress.allow[1].host: write a host, such as example.com, " +
        '"*.example.com" or 10.0.0.0/8',
        "1:38: Cannot use prot in egress.allow[1]: no such key; did you mean port?",
        `1:57: Cannot read egress.deny[0]: write KEY: VALUE, where the keys are ${entryKeys}`,
      ],
    ],
    [
      "a path that no request can have",
      'egress: { deny: [{ host: "*", path: "/a/../b" }, { host: "*", path: "/a%20b" }] }',
      [
        '1:37: Cannot compile path pattern "/a/../b": ".." names no segment; ' +
        "write the path without it",
        '1:69: Cannot compile path pattern "/a%20b": "a%20b" is neither a literal segment nor "*" ' +
        'nor "**"',
      ],
    ],
    [
      "a token in the place of its hash",
      "agents: { ci: { token_sha256: sesame }, dev: sesame, 'a b': { addresses: [10.0.0.1] } }",
      [
        "1:31: Cannot read agents.ci.token_sha256: write the SHA-256 of the token: " +
        "64 hexadecimal digits, not the token itself",
        "1:46: Cannot read agents.dev: write KEY: VALUE, where the keys are token_sha256, addresses",
        "1:54: Cannot read agents: write a name of letters, digits, dots, - and _",
      ],
    ],
    ["an audit of the wrong form", "audit: { max_size: 5, keep: -1, required: yes, file: '' }", [
      "1:20: Cannot read audit.max_size: write a size, such as 100MB",
      "1:29: Cannot read audit.keep: write a whole number from 0 to 10000",
      "1:43: Cannot read audit.required: write true or false",
      "1:54: Cannot read audit.file: write a file's path",
    ]],
    ["limits of the wrong form", "rate_limits: [{ burst: 1 }, { requests: 5/d, upload: 1TB/s }]", [
      "1:15: Cannot read rate_limits[0]: write requests: or upload:, with a rate",
      "1:24: Cannot read rate_limits[0].burst: it is about requests: add requests: with a rate",
      '1:41: Cannot parse "5/d": write a rate, such as 100/m (a second is s, an hour h)',
      '1:54: Cannot parse "1TB": write a size, such as 100MB or 64KiB',
    ]],
    ["hosts that are no list", "redaction: { off: example.com }\nrate_limits: []\n", [
      '1:19: Cannot read redaction.off: write a list of hosts, such as ["*.example.com"]',
      "2:14: Cannot read rate_limits: write a list, such as [{ requests: 100/m }], " +
      "with at least one in it",
    ]],
  ];
