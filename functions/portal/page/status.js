// What was done, or could not be, said in one place of the page until the next thing is.

import { fill, focusHeading, h, icon } from "./dom.js";
import { say } from "./language.js";

/** @typedef {import("./dom.js").Telling} Telling */

const status = h("div", { role: "status", class: "status", popover: "manual" });
document.body.append(status);
status.showPopover();

/**
 * Says what was done, seen and heard, until the next thing is.
 * @param {Telling} what
 */
export const announce = (what) => tell("check", what);

/**
 * Says in the same place what could not be done.
 * @param {Telling} what
 */
export const warn = (what) => tell("alert", what);

/**
 * @param {"check" | "alert"} mark
 * @param {Telling} what
 */
function tell(mark, what) {
  const dismiss = h("button", { type: "button", class: "icon-button", "aria-label": say("dismiss") }, icon("close"));
  dismiss.addEventListener("click", () => {
    hush();
    focusHeading({ preventScroll: true });
  });
  // Shown anew, it lies above a dialog that was opened since.
  status.hidePopover();
  status.showPopover();
  fill(status, h("div", { class: "told" }, icon(mark), h("span", {}, what), dismiss));
}

/** Takes back what was said. */
export function hush() {
  status.replaceChildren();
}
