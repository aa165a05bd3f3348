import { readAgentRegistry } from "../ca/agent_registry_file.ts";
import { fileState } from "../secrets/file_state.ts";
import { type AgentRegistry, emptyRegistry } from "../policy/agent_registry.ts";
import type { Log } from "../observe/log.ts";

/** How often the file is looked at, in milliseconds: revocation has to take effect within a second. */
const POLL_INTERVAL = 250;

/**
 * The agent registry as it was read last, and read again when its file changes.
 *
 * It polls: a watch on a file that is replaced, on a network file system or in a mounted volume, can
 * miss the change, and what would be missed is a revocation.
 */
export class AgentRegistryWatch {
  readonly #path: string;
  readonly #log: Log;
  /** Called after {@linkcode current} has changed. */
  onChange: (() => void) | undefined;
  #current: AgentRegistry = emptyRegistry;
  /** The state of the file that has been read. */
  #seen = "";
  /** Why the last look failed: said once, though every look tries again. */
  #failure: string | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #pending = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /**
   * Reads the file, which need not exist, and goes on looking at it until {@linkcode close}.
   *
   * @throws {PrivateFileError} If it cannot be used.
   */
  static async open(path: string, log: Log): Promise<AgentRegistryWatch> {
    const watch = new AgentRegistryWatch(path, log);
    watch.#seen = await fileState(path);
    watch.#current = await readAgentRegistry(path) ?? emptyRegistry;
    watch.#timer = setInterval(() => {
      // A file system that hangs must not pile looks up.
      if (watch.#pending === 0) void watch.refresh();
    }, POLL_INTERVAL);
    Deno.unrefTimer(watch.#timer);
    return watch;
  }

  get current(): AgentRegistry {
    return this.#current;
  }

  /** Looks at the file now; a change is in effect when this resolves. It never rejects. */
  refresh(): Promise<void> {
    this.#pending++;
    this.#refreshing = this.#refreshing.then(() => this.#look()).finally(() => this.#pending--);
    return this.#refreshing;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      // Before the reading: what changes in between is seen as a change again the next time.
      const state = await fileState(this.#path);
      if (state === this.#seen) return;
      const registry = await readAgentRegistry(this.#path);
      // An empty registry would bring the revoked back.
      if (registry === undefined) throw new Error(`${this.#path} is gone: restore it`);
      this.#current = registry;
      this.#seen = state;
      this.#failure = undefined;
      this.#log.info("agent registry read", {
        agents: registry.agents.size,
        revoked: registry.revoked.size,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === this.#failure) return;
      this.#failure = reason;
      this.#log.error("agent registry not read, the one before stays in force", { reason });
      return;
    }
    this.onChange?.();
  }
}
