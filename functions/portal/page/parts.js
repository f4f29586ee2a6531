// Small parts of the page: what is loading, what failed, what is copied.

import { fill, focusHeading, h, icon } from "./dom.js";
import { describe, workButton } from "./form.js";
import { say, sayAgo, sayMoment } from "./language.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./dom.js").Telling} Telling */

/**
 * Shows what `get` brings; until then that it comes, and where it fails, why, with another try.
 * @template Data
 * @param {HTMLElement} place
 * @param {() => Promise<Data>} get
 * @param {(data: Data) => Child[]} render
 */
export async function load(place, get, render) {
  const mine = {};
  latest.set(place, mine);
  if (!place.hasChildNodes()) fill(place, h("p", { class: "loading", role: "status" }, say("loading")));
  try {
    const data = await get();
    if (latest.get(place) === mine) redraw(place, () => render(data));
  } catch (problem) {
    if (latest.get(place) !== mine) return;
    const again = h("button", { type: "button" }, say("try_again"));
    again.addEventListener("click", async () => {
      fill(place);
      await load(place, get, render);
      if (document.activeElement === document.body) focusHeading();
    });
    fill(place, notice("bad", h("p", {}, describe(problem)), again));
  }
}

/**
 * Shows something anew; the focus, and a menu that is open, stay where they are in what takes their place.
 * @param {HTMLElement} place
 * @param {() => Child[]} render
 */
export function redraw(place, render) {
  const { activeElement: before } = document;
  const isHere = before instanceof HTMLElement && place.contains(before);
  const opener = isHere && before.closest("[role=menu]")?.parentElement?.querySelector("button");
  fill(place, ...render());
  if (!isHere) return;
  if (before.isConnected) before.focus();
  else if (!opener) sameAs(before, place)?.focus();
  else {
    sameAs(opener, place)?.click();
    sameAs(before, document.querySelector("[role=menu]:not([hidden])"))?.focus();
  }
}

/**
 * What is known by the same name in `place`.
 * @param {HTMLElement} one
 * @param {Element | null} place
 * @returns {HTMLElement | undefined}
 */
function sameAs(one, place) {
  const nameOf = (/** @type {Element} */ element) => element.getAttribute("aria-label") ?? element.textContent;
  return [.../** @type {NodeListOf<HTMLElement>} */ (place?.querySelectorAll(one.localName) ?? [])]
    .find((other) => (one.id !== "" && other.id === one.id) || nameOf(other) === nameOf(one));
}

/** @type {WeakMap<Element, object>} What is on its way to each place; what was asked for before comes too late. */
const latest = new WeakMap();

/**
 * Something to know before going on.
 * @param {"bad" | "warn" | "info"} weight
 * @param {...Child} content
 */
export function notice(weight, ...content) {
  const role = weight === "bad" ? "alert" : undefined;
  return h("div", { class: `notice ${weight}`, role }, icon(weight === "info" ? "mail" : "alert"), h("div", {}, ...content));
}

/**
 * A word or two on the state of something.
 * @param {"bad" | "warn" | "good" | "plain"} weight
 * @param {Telling} text
 */
export function badge(weight, text) {
  return h("span", { class: `badge ${weight}` }, text);
}

/**
 * An instant as its distance from now, exact when pointed at.
 * @param {string} instant
 */
export function ago(instant) {
  return h("time", { datetime: instant, title: sayMoment(instant) }, sayAgo(instant));
}

/**
 * Copies `text` to the clipboard, and says so; where the browser does not let it, chooses it where it is shown.
 * @param {() => string} text
 * @param {Element} shown
 */
export function copyButton(text, shown) {
  const words = h("span", {}, say("copy"));
  const button = workButton(words, async () => {
    try {
      await navigator.clipboard.writeText(text());
      fill(words, say("copied"));
      fill(heard, say("copied"));
    } catch {
      getSelection()?.selectAllChildren(shown);
      heard.classList.remove("unseen");
      fill(heard, say("copy_yourself"));
    }
  });
  const heard = h("span", { class: "unseen", role: "status" });
  button.prepend(icon("copy"));
  return h("span", { class: "copy" }, button, heard);
}

/**
 * What must be kept before a dialog ends: the way out is open once that was said.
 * @param {Telling} promise
 * @param {() => void} close
 */
export function keepFirst(promise, close) {
  const done = h("button", { type: "button", class: "primary", disabled: true, onclick: close }, say("done"));
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => (done.disabled = !box.checked));
  return h("div", { class: "keep-first" }, h("label", { class: "check" }, box, h("span", {}, promise)),
    done);
}
