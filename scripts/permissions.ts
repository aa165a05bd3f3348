/**
 * What the program may do, the same in every form in which it is delivered.
 *
 * deno.json's `start` repeats it, because a task is plain text; a test holds the two together.
 *
 * @module
 */

/** The least that auth-proxy needs; `sys` is for finding our own addresses, home and user. */
export const permissionFlags: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=networkInterfaces,hostname,homedir,uid,gid",
];

/**
 * A small young generation: octets that Deno read from a client lie in buffers outside V8's heap, and
 * are given back only when V8 collects the few objects that hold them. With the default size that is
 * seldom, and a fast upload takes some 250 MB of dead buffers (measured); like this, about 30 MB.
 */
export const v8Flags = "--v8-flags=" +
  "--min-semi-space-size=1,--max-semi-space-size=1,--no-concurrent-array-buffer-sweeping";

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
