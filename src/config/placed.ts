import { homeFolder } from "../secrets/home_folder.ts";
import { join, resolve } from "node:path";

/** A path as a file has it: from that file's folder, or from the home folder (`~/`). */
export function placed(path: string, folder: string): string {
  return path.startsWith("~/") ? join(homeFolder(), path.slice(2)) : resolve(folder, path);
}
