/**
 * Makes elements. Text is put in as text, never as markup: much of it comes from clients.
 *
 * @module
 */

/**
 * @param {string} tag
 * @param {Record<string, string | undefined>} attributes Those that are undefined are left out.
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** As {@linkcode element}, of SVG. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/**
 * The element with an id that the page's markup has.
 *
 * @param {string} id
 * @returns {any} Which element it is is known to who asks.
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`There is no #${id} in the page`);
  return found;
}

/** Replaces text only if it is another: a live region is read out again when it is touched. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttributes(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
}
