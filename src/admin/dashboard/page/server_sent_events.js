/**
 * Hands on every whole event: what our server writes is an `event:` line, a `data:` line, an empty one.
 *
 * @param {string} text
 * @param {(name: string, data: any) => void} onEvent
 * @returns {string} What follows the last one.
 */
export function takeEvents(text, onEvent) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  for (const block of blocks) {
    const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (name !== undefined) onEvent(name, JSON.parse(data));
  }
  return rest;
}
