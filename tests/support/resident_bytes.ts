/** Resident memory of process `pid` and of all below it, in bytes, as /proc tells it (Linux). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`Process ${pid} has no VmRSS: it has ended`);
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  const below = await Promise.all(
    children.split(" ").filter(Boolean).map(Number).map(residentBytes),
  );
  return Number(kilobytes) * 1024 + below.reduce((sum, bytes) => sum + bytes, 0);
}
