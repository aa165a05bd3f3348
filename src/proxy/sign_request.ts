/**
 * Requests to AWS are signed anew: what the client signed with is a placeholder.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { ProxyError } from "../errors.ts";
import { scopeOfAuthorization, scopeOfHost } from "../policy/aws_scope.ts";
import { amzDate, type AwsScope, type Digests, isS3 } from "../policy/aws_sigv4.ts";
import type { AwsSigner } from "../policy/inject.ts";
import type { RenderedField } from "../policy/rendered.ts";
import { hasQueryParameter } from "../policy/query_parameters.ts";
import { parseRequestHead } from "../wire/http1_head.ts";
import { encodeLatin1 } from "../wire/octets.ts";
import type { SettledRequest } from "./context.ts";
import type { ForwardedRequest } from "./forward_head.ts";
import type { Exchange } from "./pending_exchange.ts";

/** What {@linkcode prepareSigning} has found out. */
export interface Signing {
  /** The same request; its head stays valid while the body is read. */
  readonly request: SettledRequest;
  /** All of the content is here: the service is not asked whether to send it. */
  readonly holdsContent: boolean;
  /** Signs the head as it is sent, at the time of the call. */
  readonly sign: (signer: AwsSigner) => ForwardedRequest["sign"];
}

const UNSIGNED = "UNSIGNED-PAYLOAD";
/** Chunks with a checksum, but no signatures of their own. */
const UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const CONTINUE = encodeLatin1("HTTP/1.1 100 Continue\r\n\r\n");

/** Parameters of a presigned URL; the last one of Signature Version 2. */
const presigned: ReadonlySet<string> = new Set([
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "AWSAccessKeyId",
]);

const digests: Digests = {
  sha256: (octets) => createHash("sha256").update(octets).digest("hex"),
  hmacSha256: (key, octets) => createHmac("sha256", key).update(octets).digest(),
};

/**
 * Settles what is signed, before the service is connected to: its content is held where AWS wants its
 * hash and the client gives none.
 *
 * @throws {ProxyError} `unsignable_request` or `unsignable_content`.
 * @throws {WireError} If the content is held, and is malformed or ends early.
 */
export async function prepareSigning(
  request: SettledRequest,
  { signer, exchange }: { signer: AwsSigner; exchange: Exchange },
): Promise<Signing> {
  if (hasQueryParameter(request.pathAndQuery, presigned)) {
    throw unsignable(
      "It is a presigned URL, made with the client's placeholder key: sign in the Authorization " +
        "header instead, or leave such requests alone with unless: { query: [X-Amz-Signature] } " +
        "in the rule",
    );
  }
  // The octets of the head are overwritten by the next read.
  const octets = request.head.octets.slice();
  const { head: limits } = exchange.context.limits;
  const kept = { ...request, head: parseRequestHead(octets, octets.length, limits) };
  const payloadHash = await settlePayload(kept, { scope: scopeFor(kept, signer), exchange });
  return {
    request: kept,
    holdsContent: exchange.body.received,
    sign: (current) => ({ target, fields }): readonly RenderedField[] => {
      const date = amzDate(Date.now());
      const { head: { method }, route: { host } } = kept;
      const signed = [["host", host] as const, ...fields];
      const scope = scopeFor(kept, current);
      return current.sign({ method, target, fields: signed, payloadHash, scope, date }, digests);
    },
  };
}

function scopeFor({ head, route }: SettledRequest, { region, service }: AwsSigner): AwsScope {
  const ofClient = scopeOfAuthorization(head.fields.getAll("authorization"));
  const ofHost = scopeOfHost(route.authority.host);
  const scope = ofClient ?? ofHost;
  const found = { region: region ?? scope?.region, service: service ?? scope?.service };
  if (found.region !== undefined && found.service !== undefined) {
    return { region: found.region, service: found.service };
  }
  throw unsignable(
    "Neither the rule, nor a credential scope in Authorization, nor the host tells region and " +
      "service: set region: and service: in the rule, or have the client sign with any key",
  );
}

async function settlePayload(
  { head: { fields }, framing }: SettledRequest,
  { scope, exchange }: { scope: AwsScope; exchange: Exchange },
): Promise<string> {
  const [given, ...others] = fields.getAll("x-amz-content-sha256");
  if (others.length > 0) throw unsignable("It has more than one X-Amz-Content-Sha256");
  if (given?.startsWith("STREAMING-") && given !== UNSIGNED_CHUNKS) {
    throw unsignable(
      "Its chunks are signed one by one with the client's placeholder key " +
        "(X-Amz-Content-Sha256: STREAMING-…): set payload_signing_enabled (s3 section of the AWS " +
        "configuration) or chunkedEncodingEnabled(false) (Java), so that the SDK sends one hash " +
        "or UNSIGNED-PAYLOAD",
    );
  }
  if (given !== undefined) {
    if (/^[0-9a-f]{64}$/.test(given) || given === UNSIGNED || given === UNSIGNED_CHUNKS) {
      return given;
    }
    throw unsignable(
      `Its X-Amz-Content-Sha256 is neither 64 hexadecimal digits nor ${UNSIGNED}: leave it out`,
    );
  }
  if (isS3(scope)) return UNSIGNED;
  const { body, downstream, context: { limits } } = exchange;
  const asks = framing.kind !== "none" && fields.list("expect").includes("100-continue");
  body.refuseOver(limits.signBuffer);
  if (asks) await downstream.stream.write(CONTINUE);
  const hash = createHash("sha256");
  for (const piece of await body.hold(limits.signBuffer)) hash.update(piece);
  return hash.digest("hex");
}

function unsignable(text: string): ProxyError {
  return new ProxyError("unsignable_request", text);
}
