/**
 * Sends hostile requests through a real proxy process over a decrypted tunnel, each with a marker
 * request behind it in the same write, and says what was wrong with what came out at either end.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Lab } from "../support/lab.ts";
import { type ByteConnection, RawClient } from "../support/proxy_client.ts";
import { within } from "../support/wait_until.ts";
import { RecordingUpstream } from "./recording_upstream.ts";
import { type ReadRequest, readRequests, readResponses, values } from "./reference_reader.ts";
import type { ExpectedRequest, RequestCase } from "./request_case.ts";

const authority = "api.github.com:443";
const token = "ghp_real";
const markerTarget = "/marker?of=this-connection";
const marker = `GET ${markerTarget} HTTP/1.1\r\nHost: api.github.com\r\n\r\n`;
const deadlineMs = 10_000;

/** What became of one case. */
export interface CaseOutcome {
  readonly tried: RequestCase;
  /** Every way in which it was not as expected. */
  readonly problems: readonly string[];
  /** Everything that the upstream got, whole requests as they came. */
  readonly upstreamText: string;
  /** What the upstream got, read by the reference reader. */
  readonly upstreamRequests: readonly ReadRequest[];
}

/** The proxy, the upstream that records, and the way to them. */
export class RequestRunner implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #upstream: RecordingUpstream;
  readonly #proxyUrl: string;
  readonly #ca: string;

  private constructor(
    parts: {
      stack: AsyncDisposableStack;
      upstream: RecordingUpstream;
      proxyUrl: string;
      ca: string;
    },
  ) {
    this.#stack = parts.stack;
    this.#upstream = parts.upstream;
    this.#proxyUrl = parts.proxyUrl;
    this.#ca = parts.ca;
  }

  static async start(): Promise<RequestRunner> {
    await using stack = new AsyncDisposableStack();
    const lab = stack.use(await Lab.create());
    const certificate = await lab.root.issue({ names: ["api.github.com"] });
    const upstream = stack.use(RecordingUpstream.listen(certificate));
    const proxy = await lab.proxy({
      secrets: { GITHUB_TOKEN: token },
      args: ["--connect-to", `${authority}:${upstream.address}`],
    });
    const ca = await Deno.readTextFile(proxy.caFile);
    return new RequestRunner({ stack: stack.move(), upstream, proxyUrl: proxy.url, ca });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async run(tried: RequestCase): Promise<CaseOutcome> {
    const problems: string[] = [];
    const mark = this.#upstream.mark();
    try {
      problems.push(...await this.#exchange(tried));
      await this.#upstream.settle();
    } catch (error) {
      problems.push(String(error));
    }
    let text = "";
    const requests: ReadRequest[] = [];
    for (const run of this.#upstream.since(mark)) {
      try {
        const read = readRequests(run.text);
        requests.push(...read.requests);
        text += run.text.slice(0, read.end);
        if (read.end < run.text.length && tried.partial === "never") {
          problems.push(`The upstream got half a request: ${show(run.text.slice(read.end))}`);
        }
      } catch (error) {
        problems.push(`The upstream got: ${error}`);
      }
    }
    problems.push(...compareRequests(tried, requests));
    return { tried, problems, upstreamText: text, upstreamRequests: requests };
  }

  /** Sends the case and reads all answers; gives what is wrong with them. */
  async #exchange(tried: RequestCase): Promise<string[]> {
    using client = await RawClient.tunnel(this.#proxyUrl, { target: authority, ca: this.#ca });
    const bytes = tried.bytes + (tried.then === "marker" ? marker : "");
    // Nothing is said of when the proxy stops reading what it refuses.
    const sending = client.send(Buffer.from(bytes, "latin1")).catch(() => {});
    if (tried.then === "end") {
      await sending;
      await (client.connection as Deno.TlsConn).closeWrite();
    }
    const methods = [...tried.upstream.map(({ method }) => method), "GET"];
    const wanted = tried.client.length + (tried.marker === "answered" ? 1 : 0);
    const { text, ended } = await within(readAll(client.connection, { methods, wanted }), {
      what: `${wanted} answers have come and the connection has ended where it should`,
      deadlineMs,
    });
    await sending;
    return checkAnswers(tried, { text, ended, methods });
  }
}

/** Reads until the marker is answered, or else until the proxy ends the connection. */
async function readAll(
  connection: ByteConnection,
  { methods, wanted }: { methods: readonly string[]; wanted: number },
): Promise<{ text: string; ended: boolean }> {
  let text = "";
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const { responses } = readResponses(text, { methods, ended: false });
    const last = responses.at(-1);
    if (last?.status === 200 && responses.length >= wanted && last.body.startsWith(markerTarget)) {
      return { text, ended: false };
    }
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return { text, ended: true };
    text += Buffer.from(buffer.subarray(0, count)).toString("latin1");
  }
}

function checkAnswers(
  tried: RequestCase,
  { text, ended, methods }: { text: string; ended: boolean; methods: readonly string[] },
): string[] {
  const problems: string[] = [];
  const { responses, end } = readResponses(text, { methods, ended });
  if (end < text.length) problems.push(`The client got half a response: ${show(text.slice(end))}`);
  const expected = [...tried.client, ...(tried.marker === "answered" ? [200] : [])];
  const statuses = responses.map(({ status }) => status);
  if (statuses.join() !== expected.join()) {
    problems.push(
      `The client got ${statuses.join() || "nothing"}, not ${expected.join() || "nothing"}`,
    );
  }
  if (ended !== (tried.marker === "not answered")) {
    problems.push(`The client's connection ${ended ? "has ended" : "goes on"}`);
  }
  for (const { status, fields } of responses) {
    const [proxyStatus, ...more] = values(fields, "proxy-status");
    const ours = proxyStatus !== undefined && more.length === 0 && /;\s*error=/.test(proxyStatus);
    if (ours !== status >= 400) problems.push(`A ${status} with Proxy-Status ${proxyStatus}`);
  }
  return problems;
}

function compareRequests(tried: RequestCase, got: readonly ReadRequest[]): string[] {
  const problems: string[] = [];
  const expected: ExpectedRequest[] = [...tried.upstream];
  if (tried.marker === "answered") expected.push({ method: "GET", target: markerTarget, body: "" });
  if (got.length !== expected.length) {
    const lines = got.map(({ startLine }) => startLine.slice(0, 80));
    return [
      `The upstream read ${got.length} requests, not ${expected.length}: ${lines.join("; ")}`,
    ];
  }
  for (const [index, request] of got.entries()) {
    const wanted = expected[index];
    if (wanted !== undefined) problems.push(...compareRequest(wanted, request));
  }
  return problems;
}

function compareRequest(wanted: ExpectedRequest, got: ReadRequest): string[] {
  const problems: string[] = [];
  function check(what: string, pair: { actual: unknown; expected: unknown }): void {
    const [actual, expected] = [JSON.stringify(pair.actual), JSON.stringify(pair.expected)];
    if (actual !== expected) problems.push(`${what} is ${show(actual)}, not ${show(expected)}`);
  }
  check("The method", { actual: got.method, expected: wanted.method });
  check("The target", { actual: got.target, expected: wanted.target });
  check("The body", { actual: got.body, expected: wanted.body });
  check("Host", { actual: values(got.fields, "host"), expected: ["api.github.com"] });
  check("Authorization", {
    actual: values(got.fields, "authorization"),
    expected: [`Bearer ${token}`],
  });
  const lines = got.fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  for (const line of wanted.has ?? []) {
    if (!lines.includes(line)) problems.push(`The field line is missing: ${show(line)}`);
  }
  for (const name of wanted.lacks ?? []) {
    check(`The field ${name}`, { actual: values(got.fields, name), expected: [] });
  }
  const trailers = got.trailers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  check("The trailer section", { actual: trailers, expected: wanted.trailers ?? [] });
  return problems;
}

function show(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
