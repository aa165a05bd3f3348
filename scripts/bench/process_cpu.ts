/**
 * What a process and all that it started have used: CPU time and memory, from /proc (proc(5)).
 *
 * @module
 */

/** The fields of /proc/PID/stat that matter here. Times are in clock ticks. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Its own time, user and system, over all its threads, also those that have ended. */
  readonly ticks: number;
  /** The time of those of its children that have ended and were waited for. */
  readonly endedChildrenTicks: number;
  /** When it started, in ticks since boot: with the id, it tells one process from another. */
  readonly startTime: number;
}

/** USER_HZ, which Linux fixes at 100 for every architecture that Deno runs on. */
const ticksPerSecond = 100;

/**
 * Parses /proc/PID/stat.
 *
 * The second field is the program's name in parentheses, and may itself hold spaces and parentheses:
 * what follows is counted from the last one (proc_pid_stat(5)).
 *
 * @throws {Error} if it is not of that form.
 */
export function parseProcessStat(text: string): ProcessStat {
  const nameEnd = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(nameEnd + 1).trim().split(/\s+/);
  function numberAt(field: number): number {
    // Field 3, the state, is the first one after the name.
    const value = Number(fields[field - 3]);
    if (!Number.isSafeInteger(value)) throw malformed(text);
    return value;
  }
  if (nameEnd === -1 || !Number.isSafeInteger(pid)) throw malformed(text);
  return {
    pid,
    state: fields[0] ?? "",
    parent: numberAt(4),
    ticks: numberAt(14) + numberAt(15),
    endedChildrenTicks: numberAt(16) + numberAt(17),
    startTime: numberAt(22),
  };
}

/** The processes of `all` that descend from `root`, and `root` itself, parents first. */
export function processTree(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const tree = all.filter(({ pid }) => pid === root);
  for (const parent of tree) {
    tree.push(...all.filter((stat) => stat.parent === parent.pid && stat.pid !== parent.pid));
  }
  return tree;
}

/** Every process that can be seen. */
export function readProcesses(): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = readIfThere(`/proc/${name}/stat`);
    if (text !== undefined) found.push(parseProcessStat(text));
  }
  return found;
}

/** The CPU time, in microseconds, that `root` and all that descends from it have used so far. */
export function treeCpuMicros(root: number): number {
  const ticks = processTree(root, readProcesses())
    .reduce((sum, stat) => sum + stat.ticks + stat.endedChildrenTicks, 0);
  return ticks * 1e6 / ticksPerSecond;
}

/** The resident memory, in KiB, of `root` and all that descends from it. Shared pages count in each. */
export function treeResidentKib(root: number): number {
  return processTree(root, readProcesses()).reduce((sum, { pid }) => {
    const status = readIfThere(`/proc/${pid}/status`);
    return sum + (status === undefined ? 0 : parseResidentKib(status));
  }, 0);
}

/** The VmRSS of a /proc/PID/status in KiB; 0 if there is none, as of a process that has ended. */
export function parseResidentKib(status: string): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kib === undefined ? 0 : Number(kib);
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    // A process that ended since it was listed: no file, or ESRCH on reading.
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Error && /os error 3\b/.test(error.message)) return undefined;
    throw error;
  }
}

function malformed(text: string): Error {
  return new Error(`Cannot parse ${JSON.stringify(text)}: not the form of /proc/PID/stat`);
}
