/**
 * Requests for a credential of the client's own, which it could use without the proxy.
 *
 * @module
 */

import type { AttackCase } from "./attack_case.ts";
import { smuggled } from "./steer_world.ts";

/** What it is that the client asks for; every case has a repository, or a name, of its own. */
const keys = "a deploy key";

/** Spellings of the path `/repos/o/NAME/keys` that some server takes for it. */
const paths: readonly (readonly [trick: string, path: (name: string) => string])[] = [
  ["as it is", (name) => `/repos/o/${name}/keys`],
  ["with a slash at the end", (name) => `/repos/o/${name}/keys/`],
  ["with slashes at the end", (name) => `/repos/o/${name}/keys///`],
  ["in capitals", (name) => `/REPOS/o/${name}/KEYS`],
  ["with a letter encoded", (name) => `/repos/o/${name}/%6beys`],
  ["with a letter encoded in capitals", (name) => `/repos/o/${name}/%6Bey%73`],
  ["with a letter encoded twice", (name) => `/repos/o/${name}/%256beys`],
  ["with a letter encoded three times", (name) => `/repos/o/${name}/%25256beys`],
  ["with an encoded slash", (name) => `/repos/o/${name}%2fkeys`],
  ["with a slash encoded twice", (name) => `/repos/o/${name}%252Fkeys`],
  ["with an overlong slash", (name) => `/repos/o/${name}%c0%afkeys`],
  ["with a backslash", (name) => `/repos/o/${name}\\keys`],
  ["with an encoded backslash", (name) => `/repos/o/${name}%5ckeys`],
  ["with double slashes", (name) => `//repos//o//${name}//keys`],
  ["with dot segments", (name) => `/repos/o/${name}/x/../keys`],
  ["with encoded dot segments", (name) => `/repos/o/${name}/x/%2e%2e/keys`],
  ["with half encoded dot segments", (name) => `/repos/o/${name}/x/.%2E/keys`],
  ["with a dot segment", (name) => `/repos/./o/${name}/./keys`],
  ["with a dot segment at the end", (name) => `/repos/o/${name}/keys/.`],
  ["out of another path", (name) => `/gists/../repos/o/${name}/keys`],
  ["out of more than there is", (name) => `/../../repos/o/${name}/keys`],
  ["with parameters", (name) => `/repos;a=b/o/${name};c/keys;d`],
  ["with encoded parameters", (name) => `/repos/o/${name}/keys%3bx`],
  ["with a dot segment and a parameter", (name) => `/repos/o/${name}/x/..;/keys`],
  ["with a query", (name) => `/repos/o/${name}/keys?page=1`],
  ["with an encoded query", (name) => `/repos/o/${name}/keys%3fpage=1`],
  ["with an encoded fragment", (name) => `/repos/o/${name}/keys%23x`],
  ["with an encoded NUL", (name) => `/repos/o/${name}/keys%00`],
  ["with an encoded NUL and more", (name) => `/repos/o/${name}/keys%00.txt`],
  ["with an encoded line end", (name) => `/repos/o/${name}/keys%0d%0a`],
  ["in absolute form", (name) => `https://api.github.com/repos/o/${name}/keys`],
  [
    "in absolute form with dot segments",
    (name) => `https://api.github.com/a/../repos/o/${name}/keys`,
  ],
  ["with an invalid escape", (name) => `/repos/o/${name}/%zzeys`],
  ["with an IIS escape", (name) => `/repos/o/${name}/%u006beys`],
  ["below the API's other root", (name) => `/api/v3/repos/o/${name}/keys`],
  ["by the number of the repository", (name) => `/repositories/${name}/keys`],
];

/** Ways to have a GET taken for a POST, or a path for another. */
const overrides: readonly (readonly [trick: string, line: string, fields: string])[] = [
  ["X-HTTP-Method-Override", "GET", "X-HTTP-Method-Override: POST\r\n"],
  ["X-HTTP-Method", "GET", "X-HTTP-Method: POST\r\n"],
  ["X-Method-Override", "GET", "X-Method-Override: post\r\n"],
  ["an override with underscores", "GET", "X_HTTP_METHOD_OVERRIDE: POST\r\n"],
  ["an override in small letters", "PUT", "x-http-method-override:POST\r\n"],
  ["a method in small letters", "post", ""],
  ["a method in mixed letters", "PoSt", ""],
];

const overriddenTargets: readonly (readonly [trick: string, suffix: string])[] = [
  ["_method in the query", "?_method=POST"],
  ["an encoded _method", "?%5fmethod=POST"],
  ["an _method behind a semicolon", "?a=b;_method=POST"],
  ["$httpMethod", "?$httpMethod=POST"],
];

/** Endpoints of another shape: method, path, and the authority if it is not GitHub's API. */
const endpoints: readonly (readonly [what: string, line: string, connect?: string])[] = [
  ["a key of the user's", "POST /user/keys?name=NAME"],
  ["a GPG key", "POST /user/gpg_keys?name=NAME"],
  ["an installation token", "POST /app/installations/NAME/access_tokens"],
  ["an OAuth token", "PATCH /applications/NAME/token"],
  ["a runner's token", "POST /repos/o/NAME/actions/runners/registration-token"],
  ["a runner of an organization's", "POST /orgs/NAME/actions/runners/generate-jitconfig"],
  ["an API key of Claude's", "POST /v1/organizations/api_keys/NAME", "api.anthropic.com:443"],
  ["an invitation", "POST /v1/organizations/invites?x=NAME", "api.anthropic.com:443"],
];

export const mintCases: readonly AttackCase[] = [
  ...paths.map(([trick, path], index) =>
    mint(`${keys}, the path ${trick}`, {
      name: `path-${index}`,
      line: (name) => `POST ${path(name)}`,
    })
  ),
  ...overrides.map(([trick, method, fields], index) =>
    mint(`${keys} by ${trick}`, {
      name: `override-${index}`,
      line: (name) => `${method} /repos/o/${name}/keys`,
      fields,
    })
  ),
  ...overriddenTargets.map(([trick, suffix], index) =>
    mint(`${keys} by ${trick}`, {
      name: `query-${index}`,
      line: (name) => `GET /repos/o/${name}/keys${suffix}`,
    })
  ),
  ...["X-Original-URL", "X-Rewrite-URL", "X_Original_URL"].map((field, index) =>
    smuggled(`${keys} by ${field}`, {
      hidden: `field-${index}`,
      request: request(
        "POST /harmless",
        `${field}: /repos/o/field-${index}/keys\r\nConnection: close\r\n`,
      ),
    })
  ),
  ...endpoints.map(([what, line, connect], index) =>
    mint(what, {
      name: `endpoint-${index}`,
      line: (name) => line.replace("NAME", name),
      ...(connect === undefined ? {} : { connect }),
    })
  ),
  smuggled(`${keys} by a request inside the body of another`, {
    hidden: "inside-a-body",
    request: request("POST /markdown", "Transfer-Encoding: chunked\r\n", {
      body: "5\r\nhello\r\n0\r\n\r\n" +
        request("POST /repos/o/inside-a-body/keys", "Connection: close\r\n"),
    }),
  }),
];

function request(
  line: string,
  fields: string,
  { body = "", host = "api.github.com" } = {},
): string {
  return `${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n${body}`;
}

function mint(
  wants: string,
  { name, line, fields = "", connect = "api.github.com:443" }: {
    readonly name: string;
    readonly line: (name: string) => string;
    readonly fields?: string;
    readonly connect?: string;
  },
): AttackCase {
  const host = connect.replace(":443", "");
  const head = `Connection: close\r\nContent-Type: application/json\r\n${fields}`;
  return smuggled(wants, {
    connect,
    hidden: name,
    request: request(line(name), `${head}Content-Length: 2\r\n`, { body: "{}", host }),
  });
}
