import { Buffer } from "node:buffer";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ProxyError } from "../errors.ts";
import { RenewalError } from "./renewable.ts";

/** One request of the proxy's own, to a place that gives out credentials. */
export interface HttpsRequest {
  readonly method: "GET" | "POST";
  /** `https://…` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM: trusted in place of the default roots. */
  readonly anchors?: string | undefined;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Carries requests of the proxy's own. */
export type HttpsClient = (request: HttpsRequest) => Promise<HttpsAnswer>;

/**
 * Opens a tunnel to a host and port where another proxy is in between.
 *
 * @returns What TLS is to be spoken on; `undefined` if the host is connected to directly.
 * @throws {Error} If there is to be a tunnel and there is none; the message names no secret.
 */
export type OpenTunnel = (
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Socket | undefined>;

export interface HttpsClientOptions {
  /** PEM: the roots that are trusted where a request brings none of its own. */
  readonly defaultAnchors: () => Promise<readonly string[]>;
  /** Where to connect for a host and port, if that is elsewhere. */
  readonly connectTo: (host: string, port: number) => { host: string; port: number };
  readonly openTunnel?: OpenTunnel;
  /** Milliseconds, for all of it. */
  readonly timeout: number;
}

/** More than any answer of a token endpoint, in octets. */
const LONGEST_ANSWER = 1024 * 1024;

/**
 * Makes a client that speaks to verified HTTPS servers alone: chain and name are checked against exactly
 * the given roots (`ca` of node:tls replaces its own). It follows no redirect and keeps no connection.
 *
 * @returns A client; what it throws are `RenewalError`s that quote nothing of what was sent or received.
 */
export function createHttpsClient(options: HttpsClientOptions): HttpsClient {
  return async (request) => {
    const anchors = request.anchors ?? (await options.defaultAnchors()).join("\n");
    const answer = await sendInTime(request, { ...options, anchors });
    if (answer.status >= 300 && answer.status < 400) {
      throw new RenewalError(`${hostOf(request)} answers with a redirect, which is not followed`);
    }
    return answer;
  };
}

async function sendInTime(
  request: HttpsRequest,
  options: HttpsClientOptions & { anchors: string },
): Promise<HttpsAnswer> {
  const { timeout } = options;
  const stop = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const alarm = setTimeout(() => {
    const where = hostOf(request);
    reject(new RenewalError(`${where} has not answered within ${timeout / 1000} s`));
    stop.abort();
  }, timeout);
  try {
    return await Promise.race([send(request, { ...options, signal: stop.signal }), late]);
  } finally {
    clearTimeout(alarm);
    stop.abort();
  }
}

async function send(
  request: HttpsRequest,
  { anchors, connectTo, openTunnel, signal }: HttpsClientOptions & {
    anchors: string;
    signal: AbortSignal;
  },
): Promise<HttpsAnswer> {
  const url = new URL(request.url);
  const where = hostOf(request);
  if (url.protocol !== "https:") {
    throw new RenewalError(`${where} is not asked in clear: write https://`);
  }
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const place = { host: hostname, port: url.port === "" ? 443 : Number(url.port) };
  const tunnel = await openTunnel?.(place, signal).catch((error) => {
    throw new RenewalError(`${where} cannot be reached: ${tunnelFailure(error)}`);
  });
  const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const target = connectTo(place.host, place.port);
  const outgoing = httpsRequest({
    ...target,
    // Not an agent's, which could connect to the target alone, and hold its certificate to that.
    createConnection: () =>
      connectTls({
        socket: tunnel ?? connectTcp(target),
        // What the certificate must be for; an address is not sent as SNI (RFC 6066 section 3).
        host: hostname,
        ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        ca: anchors,
        rejectUnauthorized: true,
      }),
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: {
      Host: url.host,
      "User-Agent": "auth-proxy",
      Accept: "application/json",
      ...request.headers,
      ...(body === undefined ? {} : { "Content-Length": String(body.length) }),
    },
  }, (incoming) => {
    const parts: Buffer[] = [];
    let length = 0;
    incoming.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= LONGEST_ANSWER) return void parts.push(part);
      reject(new RenewalError(`${where} answers with too much`));
      outgoing.destroy();
    });
    incoming.on("end", () => {
      resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") });
    });
    incoming.on("error", () => reject(new RenewalError(`${where} breaks its answer off`)));
    incoming.on("aborted", () => reject(new RenewalError(`${where} breaks its answer off`)));
  });
  const stop = () => {
    outgoing.destroy();
    tunnel?.destroy();
  };
  signal.addEventListener("abort", stop);
  outgoing.on("error", (error) => reject(new RenewalError(`${where} ${failureOf(error)}`)));
  outgoing.end(body);
  return await promise.finally(stop);
}

/** Ours are made to be read; what else fails may quote anything. */
function tunnelFailure(error: unknown): string {
  return error instanceof ProxyError || error instanceof RenewalError
    ? error.message
    : "the proxy in between fails";
}

function hostOf({ url }: HttpsRequest): string {
  return new URL(url).host;
}

/** What node says may quote anything; its code does not. */
function failureOf(error: Error & { code?: string }): string {
  const code = error.code ?? "";
  const isTrust = /CERT|UNABLE_TO|SELF_SIGNED|ALTNAME/i.test(code) ||
    /certificate|UnknownIssuer|NotValidForName/i.test(error.message);
  if (isTrust) return "shows a certificate that is not trusted for it";
  return code === "" ? "cannot be reached" : `cannot be reached (${code})`;
}
