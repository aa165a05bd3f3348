import type { Config } from "../config/config.ts";
import type { Log } from "../observe/log.ts";
import type { Problem } from "../secrets/problem.ts";
import { StartError } from "../secrets/start_error.ts";
import { FileWatch, type WatchedFiles } from "./file_watch.ts";
import { namedFiles } from "./named_files.ts";
import {
  loadConfig,
  type LoadedConfig,
  makePolicy,
  type Policy,
  type PolicyWorld,
} from "./policy.ts";
import { settingsForRestart } from "./settings_for_restart.ts";

/** What came of a reload. */
export type ReloadOutcome =
  | {
    readonly kind: "reloaded";
    /** How many exchanges were cut, because their credential was revoked. */
    readonly cut: number;
    /** The settings that have changed and need a restart to count. */
    readonly needRestart: readonly string[];
  }
  | {
    /** What was in force stays in force. */
    readonly kind: "rejected";
    readonly problems: readonly Problem[];
  };

/** Whether what is in force is what the files say; times in milliseconds since the epoch. */
export interface ReloadState {
  readonly loadedAt: number;
  readonly reloads: number;
  readonly rejections: number;
  /** The last attempt, if it came to nothing. */
  readonly rejected?: { readonly at: number; readonly problems: readonly Problem[] };
}

export interface LivePolicyOptions {
  readonly world: PolicyWorld;
  /**
   * Reads the configuration once more.
   *
   * @throws {StartError} with every problem found.
   */
  readonly reread: () => Promise<Config>;
  /** The files that it is read from. */
  readonly configFiles: readonly string[];
  /** Puts a policy in force. @returns How many exchanges were cut. */
  readonly adopt: (policy: Policy) => number;
  readonly log: Log;
}

/**
 * The policy in force, and its replacement by one that is read anew: wholly or not at all, one at a
 * time.
 */
export class LivePolicy {
  readonly #options: LivePolicyOptions;
  readonly #watch: FileWatch;
  #current: Policy;
  #state: ReloadState;
  #running: Promise<ReloadOutcome> | undefined;
  #next: Promise<ReloadOutcome> | undefined;
  #closed = false;

  /** @param seen The states of the files when the first policy was read. */
  constructor(first: Policy, seen: ReadonlyMap<string, string>, options: LivePolicyOptions) {
    this.#options = options;
    this.#current = first;
    this.#state = { loadedAt: Date.now(), reloads: 0, rejections: 0 };
    this.#watch = new FileWatch(async () => {
      await this.reload("a file has changed");
    });
    this.#watch.watch(this.#watched(first.loaded), seen);
    this.#watch.start();
  }

  get current(): Policy {
    return this.#current;
  }

  get state(): ReloadState {
    return this.#state;
  }

  /**
   * Reads everything anew and puts it in force. Who asks while that is under way gets what comes of
   * the next one: the files may have changed since they were read.
   *
   * @param reason Why, for the log.
   */
  reload(reason: string): Promise<ReloadOutcome> {
    // First: what is about to begin must not begin beside another.
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#run(reason);
    this.#next = this.#running.then(() => {
      this.#next = undefined;
      return this.#run(reason);
    });
    return this.#next;
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
  }

  #run(reason: string): Promise<ReloadOutcome> {
    const running = this.#reload(reason).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #reload(reason: string): Promise<ReloadOutcome> {
    const { log, reread, world, adopt } = this.#options;
    const before = this.#current;
    let watched = this.#watched(before.loaded);
    let seen = await FileWatch.statesOf(watched);
    try {
      const config = await reread();
      // Before they are read; and should they be missing, they may come.
      watched = joinFiles(watched, namedFiles(config, this.#options.configFiles));
      seen = await FileWatch.statesSince(seen, watched);
      const loaded = await loadConfig(config, {
        environment: world.environment,
        before: before.loaded,
      });
      await refuseNewPrograms(loaded);
      const policy = await makePolicy(loaded, { world, previous: before });
      if (this.#closed) return { kind: "reloaded", cut: 0, needRestart: [] };
      this.#current = policy;
      const cut = adopt(policy);
      watched = this.#watched(loaded);
      this.#watch.watch(watched, await FileWatch.statesSince(seen, watched));
      const { reloads, rejections } = this.#state;
      this.#state = { loadedAt: Date.now(), reloads: reloads + 1, rejections };
      const needRestart = settingsForRestart(before.loaded.config, loaded.config);
      log.info("configuration reloaded", { reason, rules: policy.parts.rules.rules.length, cut });
      if (needRestart.length > 0) {
        log.warn("changed settings need a restart", { settings: needRestart.join(", ") });
      }
      return { kind: "reloaded", cut, needRestart };
    } catch (error) {
      const problems = error instanceof StartError
        ? error.problems
        : [{ where: "reload", message: "an unexpected failure; the log has it" }];
      if (!(error instanceof StartError)) log.error("failed", { cause: String(error) });
      this.#watch.watch(watched, seen);
      this.#state = {
        ...this.#state,
        rejections: this.#state.rejections + 1,
        rejected: { at: Date.now(), problems },
      };
      for (const { where, message } of problems) {
        log.error("configuration rejected, the one before stays in force", {
          reason: `${where}: ${message}`,
        });
      }
      return { kind: "rejected", problems };
    }
  }

  #watched(loaded: LoadedConfig): WatchedFiles {
    return watchedFiles(loaded, this.#options.configFiles);
  }
}

/** Everything whose change is a reason to reload. */
export function watchedFiles(
  { config, files, folders }: LoadedConfig,
  configFiles: readonly string[],
): WatchedFiles {
  return { paths: [...configFiles, ...config.upstreamCaFiles, ...files], folders };
}

function joinFiles(a: WatchedFiles, b: WatchedFiles): WatchedFiles {
  return { paths: [...a.paths, ...b.paths], folders: [...a.folders, ...b.folders] };
}

/** The permission to run programs is given up at start where there is none to run. */
async function refuseNewPrograms({ runsPlugins }: LoadedConfig): Promise<void> {
  if (!runsPlugins) return;
  const { state } = await Deno.permissions.query({ name: "run" });
  if (state === "granted") return;
  throw new StartError([{
    where: "reload",
    message: "Cannot run programs for credentials: there were none at start, so the permission " +
      "was given up; restart the proxy",
  }]);
}
