import { dirname } from "node:path";
import { defaultLimits } from "../app.ts";
import { StartError } from "../secrets/start_error.ts";
import { runOrComplain } from "./complain.ts";
import { configFileOf, readConfig, type StartFlags } from "./start_options.ts";
import { writeLine } from "./write_line.ts";

/**
 * `auth-proxy config`: prints what flags, environment and configuration file come to, as a file that
 * says the same, with the origin of each value. It holds no secret.
 *
 * @returns The exit status.
 */
export function runConfig(flags: StartFlags): Promise<number> {
  return runOrComplain(async () => {
    const { config, problems } = await readConfig(flags);
    if (problems.length > 0) throw new StartError(problems);
    const file = configFileOf(flags, Deno.env.toObject());
    const { writtenConfig } = await import("../config/written_config.ts");
    const folder = file === undefined ? Deno.cwd() : dirname(file);
    writeLine(Deno.stdout, writtenConfig(config, { folder, defaultLimits }).trimEnd());
  });
}

/**
 * `auth-proxy schema`: prints the configuration file's JSON Schema.
 *
 * @returns The exit status.
 */
export function runSchema(): Promise<number> {
  return runOrComplain(async () => {
    const { fileJsonSchema } = await import("../config/json_schema.ts");
    const { serviceOptions } = await import("../services/service_options.ts");
    writeLine(Deno.stdout, JSON.stringify(fileJsonSchema(serviceOptions()), null, 2));
  });
}
