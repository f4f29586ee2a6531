// A button that opens a menu, by the pattern of the ARIA Authoring Practices.

import { h, icon, setAttribute } from "./dom.js";
import { uniqueId } from "./form.js";

/** @typedef {import("./dom.js").Telling} Telling */

/**
 * @param {Telling} label
 * @param {{text: Telling, act: () => void, look?: string}[]} entries
 */
export function menuButton(label, entries) {
  const id = uniqueId();
  const button = h("button", { type: "button", class: "icon-button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, id }, icon("more"));
  const items = entries.map(({ text, act, look = "" }) =>
    h("button", { type: "button", role: "menuitem", tabindex: "-1", class: look, onclick: () => choose(act) }, text));
  const menu = h("div", { role: "menu", "aria-labelledby": id, hidden: true }, ...items);

  const open = (/** @type {number} */ at) => {
    menu.hidden = false;
    setAttribute(button, "aria-expanded", "true");
    items.at(at)?.focus();
  };
  const close = () => {
    menu.hidden = true;
    setAttribute(button, "aria-expanded", "false");
  };
  const choose = (/** @type {() => void} */ act) => {
    close();
    button.focus();
    act();
  };
  button.addEventListener("click", () => (menu.hidden ? open(0) : close()));
  button.addEventListener("keydown", (event) => {
    const at = { ArrowDown: 0, ArrowUp: -1 }[event.key];
    if (at === undefined) return;
    event.preventDefault();
    open(at);
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      close();
      button.focus();
      return;
    }
    const next = nextItem(items, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  const around = h("div", { class: "menu-button" }, button, menu);
  around.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && around.contains(event.relatedTarget))) close();
  });
  return around;
}

/**
 * Where a key leads from the entry that has the focus: around at the ends, or by first letter.
 * @param {HTMLElement[]} items
 * @param {string} key
 */
function nextItem(items, key) {
  const at = items.findIndex((item) => item === document.activeElement);
  switch (key) {
    case "ArrowDown":
      return items[(at + 1) % items.length];
    case "ArrowUp":
      return items.at(at - 1);
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default:
      return items.find((item) => key.length === 1 && item.textContent?.toLowerCase().startsWith(key.toLowerCase()));
  }
}
