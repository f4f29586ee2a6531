// Dialogs: one frame, one step shown after the other, the focus where a person expects it, nothing left behind.

import { fill, focusHeading, h, icon, setAttribute } from "./dom.js";
import { uniqueId } from "./form.js";
import { say } from "./language.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./dom.js").Telling} Telling */

/**
 * @typedef {object} Dialog
 * @property {(title: Telling, ...content: Child[]) => void} show Shows the next step.
 * @property {() => void} hold From now on it closes by its own buttons only.
 * @property {() => void} guard Until it closes, whoever leaves the page is asked whether they mean it.
 * @property {(result?: string) => void} close
 * @property {Promise<string>} closed What it was closed with; empty when it was given up.
 * @property {() => boolean} mayHaveChanged Whether what it was for was done, or was asked for and may have been: an answer can get lost.
 * @property {HTMLElement} body
 */

/** @type {Set<Element>} What is shown this once. */
const guarded = new Set();
const doubt = (/** @type {Event} */ event) => event.preventDefault();

/** Leaves the page without a question from now on. */
export const letGo = () => removeEventListener("beforeunload", doubt);

/**
 * Opens a dialog that shows its steps in turn.
 * @param {string} [look]
 * @returns {Dialog}
 */
export function openDialog(look = "") {
  const heading = h("h2", { id: uniqueId(), tabindex: "-1" });
  const body = h("div", { class: "dialog-body" });
  const closer = h("button", { type: "button", class: "icon-button", "aria-label": say("close") }, icon("close"));
  const header = h("div", { class: "dialog-head" }, heading, closer);
  const element = h("dialog", { class: look, "aria-labelledby": heading.id }, header, body);
  closer.addEventListener("click", () => isWorking(element) || element.close());
  let hasFailed = false;
  let isHeld = false;
  element.addEventListener("failed", () => (hasFailed = true));
  keepWhileWorking(element, () => isHeld);
  document.body.append(element);
  return {
    body,
    show(title, ...content) {
      fill(heading, title);
      fill(body, ...content);
      if (!element.open) element.showModal();
      focusFirst(body, heading);
    },
    hold() {
      isHeld = true;
      closer.hidden = true;
      setAttribute(element, "closedby", "none");
      element.addEventListener("cancel", (event) => event.preventDefault());
    },
    guard() {
      guarded.add(element);
      addEventListener("beforeunload", doubt);
    },
    close: (result = "") => element.close(result),
    closed: whenClosed(element),
    mayHaveChanged: () => hasFailed || element.returnValue !== "",
  };
}

/** Ends once nothing is shown this once only. */
export async function keptAll() {
  await Promise.all([...guarded].map((element) => new Promise((resolve) => element.addEventListener("close", resolve))));
}

/** Gives up what may be given up: the person went elsewhere. */
export function giveUpDialogs() {
  for (const element of document.querySelectorAll("dialog")) {
    if (!isWorking(element) && element.getAttribute("closedby") !== "none") element.close();
  }
}

/** @param {HTMLElement} element */
const isWorking = (element) => element.querySelector("[aria-busy=true]") !== null;

/**
 * An answer under way may be one that is seen once only, so the dialog that waits for it stays.
 * @param {HTMLDialogElement} element
 * @param {() => boolean} isHeld Whether it stays in any case.
 */
function keepWhileWorking(element, isHeld) {
  const stay = (/** @type {Event} */ event) => {
    if (isWorking(element)) event.preventDefault();
  };
  element.addEventListener("cancel", stay);
  // A second Escape closes a dialog without asking; one that is not let through doesn't. Nor does a second way back
  // on a telephone, where nothing but a key would be heard.
  element.addEventListener("keydown", (event) => event.key === "Escape" && stay(event));
  const close = () => setAttribute(element, "closedby", isHeld() || isWorking(element) ? "none" : null);
  new MutationObserver(close).observe(element, { attributeFilter: ["aria-busy"], childList: true, subtree: true });
}

/**
 * The field to type in first; a dialog that is there to be read begins at its heading.
 * @param {HTMLElement} body
 * @param {HTMLElement} heading
 */
function focusFirst(body, heading) {
  /** @type {HTMLElement | null} */
  const first = body.querySelector("input:not([hidden], [type=checkbox]), select");
  (first ?? heading).focus();
}

/**
 * @param {HTMLDialogElement} element
 * @returns {Promise<string>}
 */
function whenClosed(element) {
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      // No secret outlives what showed it.
      element.querySelectorAll("input").forEach((input) => (input.value = ""));
      element.replaceChildren();
      element.remove();
      guarded.delete(element);
      if (guarded.size === 0) letGo();
      // What opened it may be gone with what was deleted.
      if (document.activeElement === document.body) focusHeading();
      resolve(element.returnValue);
    });
  });
}
