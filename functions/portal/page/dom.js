// Builds elements. Text is only ever text; what is told in words is told anew when the language or the hour changes.

/** @typedef {() => string} Telling Text that is made anew. */
/** @typedef {Node | string | Telling | null | undefined | false} Child */
/** @typedef {string | number | boolean | null | undefined | Telling | ((event: any) => unknown)} Attribute */

const SVG = "http://www.w3.org/2000/svg";

/** @type {WeakMap<Node, Map<string, Telling>>} What each node tells: its text under "", or an attribute. */
const tellings = new WeakMap();

/**
 * An element with attributes, listeners (`onclick`) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(element, name, value);
  }
  element.append(...toNodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {Attribute} value
 */
export function setAttribute(element, name, value) {
  tellings.get(element)?.delete(name);
  if (typeof value === "function" && name.startsWith("on")) {
    element.addEventListener(name.slice(2), value);
  } else if (typeof value === "function") {
    tell(element, name, /** @type {Telling} */ (value));
  } else if (value === false || value === null || value === undefined) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Replaces what `element` holds.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...toNodes(children));
}

/**
 * @param {Child[]} children
 * @returns {Node[]}
 */
function toNodes(children) {
  const present = children.filter((child) => child !== null && child !== undefined && child !== false && child !== "");
  return present.map((child) => {
    if (child instanceof Node) return child;
    const text = document.createTextNode(typeof child === "string" ? child : "");
    if (typeof child === "function") tell(text, "", child);
    return text;
  });
}

/**
 * @param {Node} node
 * @param {string} name
 * @param {Telling} telling
 */
function tell(node, name, telling) {
  const told = tellings.get(node) ?? new Map();
  tellings.set(node, told.set(name, telling));
  apply(node, name, telling);
}

/**
 * @param {Node} node
 * @param {string} name
 * @param {Telling} telling
 */
function apply(node, name, telling) {
  const text = telling();
  if (node instanceof Element) {
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  } else if (node.nodeValue !== text) {
    node.nodeValue = text;
  }
}

/** Tells everything on the page anew; what was typed stays. */
export function retell() {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    tellings.get(node)?.forEach((telling, name) => apply(node, name, telling));
  }
}

/**
 * Whether the focus may be led on: whoever moved it since `before` had it has gone on.
 * @param {EventTarget | null} before
 */
export function mayLead(before) {
  return document.activeElement === before || document.activeElement === document.body;
}

/**
 * Puts the focus where the view begins, or the dialog that lies over it.
 * @param {FocusOptions} [options]
 */
export function focusHeading(options) {
  const heading = [...document.querySelectorAll("dialog[open] h2")].at(-1)
    ?? document.querySelector("main :is(.gate, .view):not([hidden]) h1");
  if (heading instanceof HTMLElement) heading.focus(options);
}

const ICONS = {
  alert: "M12 8v5m0 3.5v.01M10.3 4.2 2.8 17.5A2 2 0 0 0 4.5 20.5h15a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  circle: "M16.5 12a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0Z",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h10v11H9zM15 6V4H5v11h2",
  edit: "m4 20 1-4.5L16.5 4a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19Z M14.5 6l3.5 3.5",
  leave: "M14 4H6v16h8M10 12h10m-3.5-4 4 4-4 4",
  key: "M14.5 9.5a4.5 4.5 0 1 1-3-4.2 4.5 4.5 0 0 1 3 4.2Zm-1.3 2.6L20 19v2h-3v-2h-2v-2h-2l-1.5-1.7",
  mail: "M4 6h16v12H4zm0 .5 8 6.5 8-6.5",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  plus: "M12 5v14M5 12h14",
  search: "M16.5 10.5a6 6 0 1 1-12 0 6 6 0 0 1 12 0Zm-1.7 4.3L20 20",
  shield: "M12 3.5 19 6v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6Z",
  user: "M16 8.5a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM4.5 20.5c.8-4 3.6-6 7.5-6s6.7 2 7.5 6",
};

/**
 * A picture beside words, which say the same.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" };
  Object.entries(attributes).forEach(([attribute, value]) => svg.setAttribute(attribute, value));
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
