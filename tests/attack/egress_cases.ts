/**
 * Ways around an egress policy that denies by default: to a host that is denied, to one that nobody has
 * allowed, to paths that are denied, and by methods that are not allowed.
 *
 * @module
 */

import type { AttackCase, Evidence } from "./attack_case.ts";
import { AttackWorld } from "./attack_world.ts";
import { get, inClear, throughTunnel, type TunnelProbe } from "./probe.ts";

export const policy = [
  "default: deny",
  "allow:",
  "  - { host: allowed.test }",
  '  - { host: "*.cdn.test" }',
  '  - { host: npm.test, methods: [GET], path: "/pkg/**" }',
  "  - { host: 198.51.100.7 }",
  "deny:",
  "  - { host: gist.test }",
  "  - { host: denied.cdn.test }",
  '  - { host: allowed.test, path: "/secret/**" }',
  "  - { host: allowed.test, methods: [DELETE] }",
  "  - { host: 203.0.113.0/24 }",
].map((line) => `  ${line}\n`).join("");

const names = [
  "allowed.test",
  "npm.test",
  "gist.test",
  "*.cdn.test",
  "other.test",
  "x.gist.test",
  "xallowed.test",
  "allowed.test.evil.test",
  "203.0.113.9",
  "198.51.100.9",
];

/** @param mode `report` opens every guard, for the control. */
export async function startEgressWorld(
  mode: "enforce" | "report" = "enforce",
): Promise<AttackWorld> {
  const file = await Deno.makeTempFile({ prefix: "auth-proxy-test-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, `egress:\n  mode: ${mode}\n${policy}`);
    return await AttackWorld.start({
      args: ["--config", file],
      servers: [
        {
          name: "github",
          names: ["api.github.com"],
          standsFor: ["api.github.com:443"],
          mayHold: ["GITHUB_TOKEN"],
        },
        {
          name: "allowed",
          names,
          standsFor: ["allowed.test:443", "npm.test:443", "198.51.100.7:443"],
        },
        { name: "allowed in clear", standsFor: ["allowed.test:80", "npm.test:80"] },
        { name: "denied in clear", standsFor: [":80"], isForbidden: true },
        { name: "denied", names, standsFor: [":"], isForbidden: true },
      ],
    });
  } finally {
    await Deno.remove(file);
  }
}

/** Succeeds if anything at all gets to a server that is not allowed. */
function outside(wants: string, probe: TunnelProbe): AttackCase {
  return { wants, attempt: (world) => throughTunnel(world, probe) };
}

function outsideInClear(wants: string, request: string): AttackCase {
  return { wants, attempt: (world) => inClear(world, request) };
}

/** Succeeds if an allowed server gets the request of which `marker` is a part. */
function past(
  wants: string,
  { host, line, marker, fields = "", body = "", clear = false }: {
    readonly host: string;
    readonly line: string;
    readonly marker: string;
    readonly fields?: string;
    readonly body?: string;
    readonly clear?: boolean;
  },
): AttackCase {
  return {
    wants,
    attempt: async (world): Promise<Evidence> => {
      const request = `${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}Connection: close\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`;
      const { received } = clear
        ? await inClear(world, request.replace(" /", ` http://${host}/`))
        : await throughTunnel(world, { connect: `${host}:443`, request });
      const taken = ["allowed", "allowed in clear"].flatMap((name) => world.server(name).requests)
        .filter(({ target }) => target.includes(marker));
      return {
        received,
        gained: taken.map(({ method, target }) => `It was let out: ${method} ${target}`),
      };
    },
  };
}

/** Targets of CONNECT that are not allowed; some look as if they were. */
const targets = [
  "gist.test:443",
  "GIST.test:443",
  "gist.test.:443",
  "gist.test:444",
  "x.gist.test:443",
  "denied.cdn.test:443",
  "DENIED.CDN.TEST:443",
  "denied.cdn.test.:443",
  "cdn.test:443",
  "other.test:443",
  "xallowed.test:443",
  "allowed.test.evil.test:443",
  "allowed.test@other.test:443",
  "allowed.test\0.other.test:443",
  "allowed.test%00.other.test:443",
  "\xef\xbd\x81llowed.test:443",
  "other.test#allowed.test:443",
  "203.0.113.9:443",
  "[::ffff:203.0.113.9]:443",
  "[64:ff9b::203.0.113.9]:443",
  "3405803785:443",
  "0xcb007109:443",
  "198.51.100.9:443",
];

const secretPaths = [
  "/secret/MARK",
  "/SECRET/MARK",
  "/%73ecret/MARK",
  "/%2573ecret/MARK",
  "//secret//MARK",
  "/./secret/MARK",
  "/a/../secret/MARK",
  "/a/%2e%2e/secret/MARK",
  "/a/..;/secret/MARK",
  "/a;b/../secret/MARK",
  "/secret;x/MARK",
  "/secret%2fMARK",
  "/secret%252fMARK",
  "/\\secret\\MARK",
  "/secret%5cMARK",
  "/secret/x/../MARK",
  "/%zz/../secret/MARK",
  "/secret%00/MARK",
  "/pkg/..%2fsecret/MARK",
  "https://allowed.test/secret/MARK",
];

/** Requests to npm.test that are none of `GET /pkg/**`, to somebody at least. */
const npmRequests: readonly (readonly [line: string, fields?: string])[] = [
  ["GET /MARK"],
  ["GET /pkgs/MARK"],
  ["GET /PKG/MARK"],
  ["GET /pkg/../MARK"],
  ["GET /pkg/%2e%2e/MARK"],
  ["GET /pkg/..%2fMARK"],
  ["GET /pkg/..;/MARK"],
  ["GET /pkg/%252e%252e/MARK"],
  ["GET /pkg/..%5cMARK"],
  ["GET /pkg\\..\\MARK"],
  ["GET /%70kg/../MARK"],
  ["GET //pkg/../MARK"],
  ["PUT /pkg/MARK"],
  ["put /pkg/MARK"],
  ["POST /pkg/MARK"],
  ["DELETE /pkg/MARK"],
  ["HEAD /pkg/MARK"],
  ["OPTIONS /pkg/MARK"],
  ["get /pkg/MARK"],
  ["GET /pkg/MARK?_method=PUT"],
  ["GET /pkg/MARK", "X-HTTP-Method-Override: PUT\r\n"],
  ["GET /pkg/MARK", "X_HTTP_METHOD_OVERRIDE: PUT\r\n"],
  ["GET /pkg/MARK", "X-Original-URL: /admin\r\n"],
  ["GET /pkg/MARK", "X_Rewrite_URL: /admin\r\n"],
];

export const egressCases: readonly AttackCase[] = [
  ...targets.flatMap((connect) => {
    const host = connect.replace(/:\d+$/, "");
    return [
      outside(`out to ${JSON.stringify(connect)}`, {
        connect,
        sni: /^[\w.-]+[a-z]$/i.test(host) ? host : "198.51.100.9",
        request: get(host),
      }),
      outside(`out to ${JSON.stringify(connect)} under the name of one that is allowed`, {
        connect,
        sni: "allowed.test",
        request: get("allowed.test"),
      }),
      outside(`out to ${JSON.stringify(connect)} without TLS`, {
        connect,
        clear: true,
        request: get(host),
      }),
      outsideInClear(
        `out to ${JSON.stringify(connect)} by http://`,
        get(connect.replace(/:443$/, ""), { path: `http://${connect.replace(/:443$/, "")}/` }),
      ),
    ];
  }),
  outside("out to a host that is denied, by SNI in a tunnel to one that is allowed", {
    connect: "allowed.test:443",
    sni: "gist.test",
    request: get("gist.test"),
  }),
  outside("out to a host that is denied, by Host in a tunnel to one that is allowed", {
    connect: "allowed.test:443",
    request: get("gist.test"),
  }),
  outside("out to a host that is denied, by the target in a tunnel to one that is allowed", {
    connect: "allowed.test:443",
    request: get("allowed.test", { path: "https://gist.test/" }),
  }),
  outside("out to a host that is denied, by SNI in a tunnel to an address that is allowed", {
    connect: "198.51.100.7:443",
    sni: "gist.test",
    request: get("gist.test"),
  }),
  outside("out to a host that nobody allowed, by SNI in a tunnel to an address that is", {
    connect: "198.51.100.7:443",
    sni: "other.test",
    request: get("other.test"),
  }),
  outside("out to a host that is denied, by CONNECT inside a tunnel", {
    connect: "allowed.test:443",
    request: "CONNECT gist.test:443 HTTP/1.1\r\nHost: gist.test:443\r\n\r\n" + get("gist.test"),
  }),
  outsideInClear(
    "out to a host that is denied, by Host of a request in clear",
    get("gist.test", { path: "http://allowed.test/" }),
  ),
  ...secretPaths.flatMap((path, index) => [
    past(`what is at ${path}`, {
      host: "allowed.test",
      line: `GET ${path.replace("MARK", `mark-${index}`)}`,
      marker: `mark-${index}`,
    }),
    past(`what is at ${path} in clear`, {
      host: "allowed.test",
      line: `GET ${path.replace("MARK", `clear-${index}`).replace("https://allowed.test", "")}`,
      marker: `clear-${index}`,
      clear: true,
    }),
  ]),
  ...["DELETE", "delete", "Delete"].map((method, index) =>
    past(`something deleted by ${method}`, {
      host: "allowed.test",
      line: `${method} /delete-${index}`,
      marker: `delete-${index}`,
    })
  ),
  ...["X-HTTP-Method-Override", "X-HTTP-Method", "X_Method_Override"].map((name, index) =>
    past(`something deleted by ${name}`, {
      host: "allowed.test",
      line: `POST /override-${index}`,
      marker: `override-${index}`,
      fields: `${name}: DELETE\r\nContent-Type: application/json\r\n`,
    })
  ),
  past("something deleted by the _method of a form", {
    host: "allowed.test",
    line: "POST /form-delete",
    marker: "form-delete",
    fields: "Content-Type: application/x-www-form-urlencoded\r\n",
    body: "_method=DELETE",
  }),
  ...npmRequests.map(([line, fields = ""], index) =>
    past(`more than GET of /pkg/, by ${line} ${fields.trim()}`, {
      host: "npm.test",
      line: line.replace("MARK", `npm-${index}-`),
      marker: `npm-${index}-`,
      fields,
    })
  ),
];
