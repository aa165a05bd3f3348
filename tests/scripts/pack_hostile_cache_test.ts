/**
 * The packed file starts only from a cache that nobody else could have made or could change.
 *
 * @module
 */

import type { Requirement } from "../support/tools.ts";
import { assertRefused, assertStarted, cacheIn, namesIn, packTest } from "./pack_cases.ts";

const asRoot = () => Deno.uid() === 0 ? undefined : "not root, so no other owner can be faked";

interface Hostile {
  readonly how: string;
  readonly needs?: readonly Requirement[];
  readonly reason: RegExp;
  readonly change: (cache: { root: string; build: string; parent: string }) => Promise<void>;
}

const nobody = 65534;
const standIn = "stand_in.js";

const hostile: readonly Hostile[] = [
  ...["root", "build"].map((which): Hostile => ({
    how: `a ${which} folder that the group may write to`,
    reason: which === "root" ? /others may write to it/ : /the mode of .* was changed/,
    change: async ({ root, build }) => await Deno.chmod(which === "root" ? root : build, 0o770),
  })),
  {
    how: "a root folder that everyone may write to",
    reason: /others may write to it/,
    change: async ({ root }) => await Deno.chmod(root, 0o707),
  },
  {
    how: "a build folder that others may read",
    reason: /the mode of .* was changed/,
    change: async ({ build }) => await Deno.chmod(build, 0o755),
  },
  {
    how: "a folder above that everyone may write to",
    reason: /others may write to .*parent/,
    change: async ({ parent }) => await Deno.chmod(parent, 0o777),
  },
  ...[["auth-proxy", 0o700], ["auth-proxy", 0o4500], [standIn, 0o600], ["deno", 0o777]]
    .map(([name, mode]): Hostile => ({
      how: `mode ${mode?.toString(8)} of ${name}`,
      reason: /the mode of .* was changed/,
      change: async ({ build }) => await Deno.chmod(`${build}/${name}`, Number(mode)),
    })),
  {
    how: "another mode of a module that is loaded lazily",
    reason: /the mode of .* was changed/,
    change: async ({ build }) => {
      const lazy = (await namesIn(build)).find((name) => name.startsWith("stand_in_lazy"));
      await Deno.chmod(`${build}/${lazy}`, 0o600);
    },
  },
  ...["", "/auth-proxy", `/${standIn}`, "/deno"].map((name): Hostile => ({
    how: `a link in place of ${name || "the build folder"}`,
    reason: /is not what was put there/,
    change: async ({ build, parent }) => {
      await Deno.rename(build + name, `${parent}/moved`);
      await Deno.symlink(`${parent}/moved`, build + name);
    },
  })),
  {
    how: "a link in place of the root folder",
    reason: /is not what was put there/,
    change: async ({ root, parent }) => {
      await Deno.rename(root, `${parent}/moved`);
      await Deno.symlink(`${parent}/moved`, root);
    },
  },
  {
    how: "a link to nowhere in place of the root folder",
    reason: /is not what was put there/,
    change: async ({ root, parent }) => {
      await Deno.remove(root, { recursive: true });
      await Deno.symlink(`${parent}/nowhere`, root);
    },
  },
  {
    how: "a folder in place of the program",
    reason: /is not what was put there/,
    change: async ({ build }) => {
      await Deno.remove(`${build}/auth-proxy`);
      await Deno.mkdir(`${build}/auth-proxy`, { mode: 0o500 });
    },
  },
  {
    how: "a link in place of the program, with a module missing",
    reason: /is not what was put there/,
    change: async ({ build, parent }) => {
      await Deno.remove(`${build}/${standIn}`);
      await Deno.rename(`${build}/auth-proxy`, `${parent}/moved`);
      await Deno.symlink(`${parent}/moved`, `${build}/auth-proxy`);
    },
  },
  ...["parent", "root", "build", "auth-proxy", standIn, "deno"].map((which): Hostile => ({
    how: `another owner of ${which}`,
    needs: [asRoot],
    reason: /belongs to another user/,
    change: async (cache) => {
      const path = which === "parent" || which === "root" || which === "build"
        ? cache[which]
        : `${cache.build}/${which}`;
      await Deno.chown(path, nobody, nobody);
    },
  })),
  {
    how: "an empty root folder made by another user",
    needs: [asRoot],
    reason: /belongs to another user/,
    change: async ({ root }) => {
      await Deno.remove(root, { recursive: true });
      await Deno.mkdir(root, { mode: 0o700 });
      await Deno.chown(root, nobody, nobody);
    },
  },
];

for (const { how, needs, reason, change } of hostile) {
  packTest(`refuses ${how}`, async (p, f) => {
    const parent = await f.makeDir("parent");
    const cache = { ...await cacheIn(p, `${parent}/cache`), parent };
    await change(cache);
    const finished = await p.start([], { env: { AUTH_PROXY_CACHE_DIR: cache.root } });
    assertRefused(finished, reason);
  }, needs);
}

packTest(
  "accepts a folder above that everyone may write to if it is sticky, as /tmp is",
  async (p, f) => {
    const parent = await f.makeDir("parent");
    await Deno.chmod(parent, 0o1777);
    const env = { AUTH_PROXY_CACHE_DIR: `${parent}/cache` };
    assertStarted(await p.start([], { env }));
  },
);
