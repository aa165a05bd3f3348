/**
 * What the program may do, the same in every form in which it is delivered.
 *
 * deno.json's `start` repeats it, because a task is plain text; a test holds the two together.
 *
 * @module
 */

/**
 * The least that auth-proxy needs. `sys` is for finding our own addresses, home and user, and for the
 * roots that come with Deno, which no part of that permission gives; `run` for the credential plugins
 * of kubeconfigs: it is given up at start where there is none.
 */
export const permissionFlags: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
];

/**
 * A bounded young generation: what a thousand handshakes leave behind is collected on the way, rather
 * than when V8's default of 16 MiB is full, three times over (measured: 38 KiB for each of
 * 1,000 idle connections rather than 55, at the same CPU per request).
 */
export const v8Flags = "--v8-flags=--max-semi-space-size=4";

/**
 * How the packed program starts its bundle: with no prompt, and blind to every configuration, lock,
 * package or module that happens to lie around it.
 */
export const packedRunFlags: readonly string[] = [
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  v8Flags,
  ...permissionFlags,
];
