import { homeFolder } from "../secrets/home_folder.ts";
import { join } from "node:path";

/** Where this system keeps a user's data: XDG Base Directory, Library, or the local profile. */
export function defaultCaDir(): string {
  if (Deno.build.os === "windows") {
    return join(
      Deno.env.get("LOCALAPPDATA") ?? join(homeFolder(), "AppData", "Local"),
      "auth-proxy",
    );
  }
  if (Deno.build.os === "darwin") {
    return join(homeFolder(), "Library", "Application Support", "auth-proxy");
  }
  return join(Deno.env.get("XDG_DATA_HOME") || join(homeFolder(), ".local", "share"), "auth-proxy");
}
