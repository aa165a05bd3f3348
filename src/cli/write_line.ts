/** Writes one whole line, however many writes that takes. */
export function writeLine(to: { writeSync(bytes: Uint8Array): number }, line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  let written = 0;
  while (written < bytes.length) written += to.writeSync(bytes.subarray(written));
}
