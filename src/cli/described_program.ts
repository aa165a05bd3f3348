import type { Command } from "commander";
import { limitTable } from "../config/limit_table.ts";
import { mintingEndpointNames } from "../services/minting_endpoints.ts";
import { type CommandModel, readCommandTree } from "./command_tree.ts";

/** What our command line takes. */
export function describedProgram(program: Command): CommandModel {
  return readCommandTree(program, {
    defaultCommand: "start",
    values: {
      "--allow-endpoint": mintingEndpointNames(),
      "--limit": limitTable.map(({ name }) => `${name}=`),
    },
  });
}
