/** Makes names for exchanges and tunnels, of which no two are alike, not even of two runs. */
export function createIds(): () => string {
  const run = crypto.getRandomValues(new Uint8Array(6)).toHex();
  let count = 0;
  return () => `${run}-${++count}`;
}
