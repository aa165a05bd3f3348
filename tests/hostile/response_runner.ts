/**
 * Lets a hostile upstream answer through a real proxy process, asks for a token of its own on the same
 * connection afterwards, and says what was wrong with what the client got.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Lab } from "../support/lab.ts";
import { type ByteConnection, RawClient } from "../support/proxy_client.ts";
import { within } from "../support/wait_until.ts";
import { casePath, HostileUpstream, tokenFolder } from "./hostile_upstream.ts";
import { type ReadResponse, readResponses, values } from "./reference_reader.ts";
import type { ExpectedResponse, ResponseCase } from "./response_case.ts";

const authority = "api.github.com:443";
const host = "Host: api.github.com\r\n";
const deadlineMs = 10_000;

/** When the request for the token is sent. */
export type Pace = "afterwards" | "pipelined";

/** All that a client received, and whether the connection has ended. */
interface Received {
  readonly responses: readonly ReadResponse[];
  /** What follows the last whole response. */
  readonly rest: string;
  readonly ended: boolean;
}

export class ResponseRunner implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #upstream: HostileUpstream;
  readonly #proxyUrl: string;
  readonly #ca: string;
  #tokens = 0;

  private constructor(
    parts: { stack: AsyncDisposableStack; upstream: HostileUpstream; proxyUrl: string; ca: string },
  ) {
    this.#stack = parts.stack;
    this.#upstream = parts.upstream;
    this.#proxyUrl = parts.proxyUrl;
    this.#ca = parts.ca;
  }

  static async start(): Promise<ResponseRunner> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const certificate = await lab.root.issue({ names: ["api.github.com"] });
    const upstream = stack.use(new HostileUpstream(certificate));
    const proxy = await lab.proxy({
      secrets: { GITHUB_TOKEN: "ghp_real" },
      args: ["--connect-to", `${authority}:${upstream.address}`],
    });
    const ca = await Deno.readTextFile(proxy.caFile);
    return new ResponseRunner({ stack: stack.move(), upstream, proxyUrl: proxy.url, ca });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** Plays one case; gives every way in which it was not as expected. */
  async run(tried: ResponseCase, pace: Pace): Promise<string[]> {
    const problems = await this.#play(tried, pace);
    if (tried.upstream === "is spoilt" && this.#upstream.reused) {
      problems.push("The upstream's connection was used again");
    }
    return problems;
  }

  async #play(tried: ResponseCase, pace: Pace): Promise<string[]> {
    const token = `token-${this.#tokens++}`;
    this.#upstream.prepare(tried);
    try {
      using client = await this.#tunnel();
      const reader = new ResponseReader(client, [tried.method, "GET"]);
      const { version, method, requestFields } = tried;
      const request = `${method} ${casePath} ${version}\r\n${host}${requestFields}\r\n`;
      await client.send(request + (pace === "pipelined" ? tokenRequest(token) : ""));
      const first = upToFinal(await reader.read({ finals: 1 }));
      const problems = checkAnswer(tried, first);
      if (tried.later !== "") await this.#upstream.sendLater(tried.later);
      if (first.ended) return [...problems, ...await this.#askAnew(token)];
      if (pace === "afterwards") await client.send(tokenRequest(token));
      const both = await reader.read({ finals: 2 });
      if (both.rest !== "") problems.push(`Something is left over: ${show(both.rest)}`);
      return [...problems, ...checkToken(both.responses.slice(first.responses.length), token)];
    } catch (error) {
      return [String(error)];
    }
  }

  /** Whoever asks next, on another connection, gets an answer of his own too. */
  async #askAnew(token: string): Promise<string[]> {
    using client = await this.#tunnel();
    await client.send(tokenRequest(token));
    const { responses } = await new ResponseReader(client, ["GET"]).read({ finals: 1 });
    return checkToken(responses, token);
  }

  async #tunnel(): Promise<RawClient> {
    return await RawClient.tunnel(this.#proxyUrl, { target: authority, ca: this.#ca });
  }
}

/** Reads responses to the letter; see reference_reader.ts. */
class ResponseReader {
  readonly #connection: ByteConnection;
  readonly #methods: readonly string[];
  readonly #buffer = new Uint8Array(64 * 1024);
  #text = "";

  constructor(client: RawClient, methods: readonly string[]) {
    this.#connection = client.connection;
    this.#methods = methods;
  }

  /** Reads until so many final responses are whole and the last one's connection goes on, or the end. */
  async read({ finals }: { finals: number }): Promise<Received> {
    return await within(this.#read(finals), { what: `${finals} answers have come`, deadlineMs });
  }

  async #read(finals: number): Promise<Received> {
    let ended = false;
    for (;;) {
      const { responses, end } = readResponses(this.#text, { methods: this.#methods, ended });
      const whole = responses.filter(({ status }) => status >= 200);
      const last = whole[finals - 1];
      const enough = last !== undefined && !values(last.fields, "connection").includes("close");
      if (enough || ended) return { responses, rest: this.#text.slice(end), ended };
      const count = await this.#connection.read(this.#buffer).catch(() => null);
      if (count === null) ended = true;
      else this.#text += Buffer.from(this.#buffer.subarray(0, count)).toString("latin1");
    }
  }
}

/** The answer to a pipelined request may have come with the first one's. */
function upToFinal(received: Received): Received {
  const final = received.responses.findIndex(({ status }) => status >= 200);
  return final < 0 ? received : { ...received, responses: received.responses.slice(0, final + 1) };
}

function tokenRequest(token: string): string {
  return `GET ${tokenFolder}${token} HTTP/1.1\r\n${host}\r\n`;
}

function checkToken(responses: readonly ReadResponse[], token: string): string[] {
  const got = responses.map(({ status, body }) => `${status} ${body}`).join("; ");
  return got === `200 ${token}` ? [] : [`The next request got ${show(got)}, not ${token}`];
}

function checkAnswer({ expected, version }: ResponseCase, got: Received): string[] {
  const finals = got.responses.filter(({ status }) => status >= 200 || status === 101);
  const interim = got.responses.filter(({ status }) => status < 200 && status !== 101)
    .map(({ status }) => status);
  const [answer] = finals;
  if (expected.kind === "cut") return checkCut(got, { answer, version });
  if (answer === undefined) return [`No answer, ${show(got.rest)}`];
  const problems: string[] = [];
  if (interim.join() !== expected.interim.join()) problems.push(`Interim responses: ${interim}`);
  const refusal = values(answer.fields, "proxy-status").some((value) => /;\s*error=/.test(value));
  if (refusal !== (expected.kind === "refused")) {
    problems.push(`A ${answer.status} ${refusal ? "of ours" : "of the upstream's"}`);
  }
  if (expected.kind === "relayed") problems.push(...checkRelayed(expected, { answer, got }));
  else if (answer.status !== 502) problems.push(`The status is ${answer.status}, not 502`);
  return problems;
}

/** Octets that make no whole message, or none at all, and then the end. */
function checkCut(
  got: Received,
  { answer, version }: { answer: ReadResponse | undefined; version: string },
): string[] {
  const problems: string[] = [];
  if (answer !== undefined) problems.push(`A whole answer to ${version}: ${show(answer.body)}`);
  if (!got.ended) problems.push("The connection goes on");
  return problems;
}

function checkRelayed(
  expected: Extract<ExpectedResponse, { kind: "relayed" }>,
  { answer, got }: { answer: ReadResponse; got: Received },
): string[] {
  const problems: string[] = [];
  if (answer.status !== expected.status) problems.push(`The status is ${answer.status}`);
  if (answer.body !== expected.body) problems.push(`The body is ${show(answer.body)}`);
  const lines = answer.fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  for (const line of expected.has) {
    if (!lines.includes(line)) problems.push(`The field line is missing: ${show(line)}`);
  }
  for (const name of expected.lacks) {
    if (values(answer.fields, name).length > 0) problems.push(`The field is there: ${name}`);
  }
  const trailers = answer.trailers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  if (trailers.join("\n") !== expected.trailers.join("\n")) {
    problems.push(`The trailer section is ${show(trailers.join("; "))}`);
  }
  if (got.ended !== (expected.connection === "ended")) {
    problems.push(`The client's connection ${got.ended ? "has ended" : "goes on"}`);
  }
  return problems;
}

function show(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
