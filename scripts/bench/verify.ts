import type { RunningContender, Setting } from "./contender.ts";
import { runCurl } from "./curl.ts";
import { directRoute } from "./direct.ts";
import { blindHost } from "./upstream.ts";

const placeholder = { Authorization: "Bearer placeholder" };

/**
 * Makes sure that the upstream answers nobody who lacks the credential.
 *
 * @throws {Error} if it does: nothing could be told from an answer then.
 */
export async function verifyUpstream({ lab, upstream }: Setting): Promise<void> {
  const { authorization, ...route } = directRoute(upstream);
  const without = await runCurl(lab, { route, upstream, path: "/small", fields: placeholder });
  const having = { ...route, ...authorization === undefined ? {} : { authorization } };
  const withIt = await runCurl(lab, { route: having, upstream, path: "/small" });
  if (without.status !== 401 || withIt.status !== 200) {
    throw new Error(
      `Cannot trust the upstream: ${without.status} without the credential, ${withIt.status} with it`,
    );
  }
}

/**
 * Makes sure that a contender puts the credential in, in the place of another that the client sent,
 * and that its tunnel is one: the client sees the upstream's own certificate.
 *
 * @throws {Error} if it does not: it is of no use to measure it.
 */
export async function verifyContender(
  contender: RunningContender,
  { lab, upstream }: Setting,
): Promise<void> {
  const { route, tunnel, name } = contender;
  for (const fields of [{}, placeholder]) {
    const { status } = await runCurl(lab, { route, upstream, path: "/small", fields });
    if (status !== 200) {
      throw new Error(`Cannot measure ${name}: it does not inject, the upstream answers ${status}`);
    }
  }
  if (tunnel === undefined) return;
  const blind = { route: tunnel, upstream, host: blindHost, path: "/small" };
  const { status } = await runCurl(lab, blind);
  if (status !== 200) throw new Error(`Cannot measure ${name}: its tunnel answers ${status}`);
}
