import { runProgram } from "./src/cli/program.ts";

Deno.exit(await runProgram(Deno.args));
