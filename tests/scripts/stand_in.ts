/**
 * Stands in for main.ts in the tests of the packed file: does what its first argument says.
 *
 * @module
 */

import { EOL } from "node:os";

switch (Deno.args[0]) {
  case "exit":
    Deno.exit(Number(Deno.args[1]));
    break;
  case "wait":
    Deno.addSignalListener("SIGTERM", () => {
      console.log("SIGTERM");
      Deno.exit(7);
    });
    // Waiting for a signal alone does not keep Deno running.
    setInterval(() => {}, 60_000);
    console.log("ready", Deno.pid);
    break;
  case "write":
    await Deno.writeTextFile(Deno.args[1] ?? "", "");
    break;
  case "lazy": {
    console.log("before");
    const { lazy } = await import("./stand_in_lazy.ts");
    console.log(lazy);
    break;
  }
  default:
    console.log(JSON.stringify({
      args: Deno.args,
      cwd: Deno.cwd(),
      env: Deno.env.toObject(),
      eol: EOL,
    }));
}
