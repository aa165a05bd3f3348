/**
 * The program's first lines: what takes long and needs no program is done while the program loads.
 *
 * @module
 */

/**
 * Whoever is the first to need random octets of the cryptographic library (AWS-LC, in Deno 2.9) waits
 * some 45 ms until it has gathered entropy: a TLS handshake, on the main thread, before the proxy is
 * ready. Making a key, which is thrown away, has another thread of Deno's do that beforehand.
 */
async function gatherEntropy(): Promise<void> {
  await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

// If it fails, so does whoever needs it, and tells.
gatherEntropy().catch(() => {});
// Not a static import: those are evaluated before the first line of the module that has them.
const { runProgram } = await import("./src/cli/program.ts");
Deno.exit(await runProgram(Deno.args));
