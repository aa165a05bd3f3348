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
  ...permissionFlags,
];
