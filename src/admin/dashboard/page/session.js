/**
 * The admin token, and requests that carry it.
 *
 * It is kept for this tab alone, and for this origin: unlike a cookie it never goes to another port of
 * this host, nor on a request that another page makes.
 *
 * @module
 */

const key = "auth-proxy-admin-token";

/** Whether nobody had to prove anything to get the page, so that a token is needed. */
const needsToken = document.documentElement.dataset.access === "token";

/** Whoever asked is not, or no longer, let in. */
export class SignedOut extends Error {
  /** @override */
  name = "SignedOut";
}

/** An answer that says what went wrong. */
export class Refused extends Error {
  /** @override */
  name = "Refused";
}

/** Whether a request can be tried. */
export function canAsk() {
  return !needsToken || sessionStorage.getItem(key) !== null;
}

export function signIn(token) {
  sessionStorage.setItem(key, token);
}

/** Whether there is something to forget: what the browser itself keeps is none of it. */
export function signOut() {
  sessionStorage.removeItem(key);
}

export const canSignOut = needsToken;

/**
 * Asks the admin API.
 *
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Response>} Its status is 2xx.
 * @throws {SignedOut}
 * @throws {Refused} with the reason, for people.
 */
export async function ask(path, options = {}) {
  const token = sessionStorage.getItem(key);
  const response = await fetch(path, {
    ...options,
    cache: "no-store",
    // Without the browser's own credentials it does not ask for any, either.
    ...(needsToken
      ? { credentials: "omit", headers: { Authorization: `Bearer ${token}` } }
      : { credentials: "same-origin" }),
  });
  if (response.ok) return response;
  if (response.status === 401) throw new SignedOut();
  throw new Refused(await reasonOf(response));
}

/** @throws as {@linkcode ask} does. */
export async function askJson(path, options = {}) {
  return await (await ask(path, options)).json();
}

async function reasonOf(response) {
  try {
    return (await response.json()).detail;
  } catch {
    return `The proxy answered ${response.status}`;
  }
}
