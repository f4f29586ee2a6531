// The second factor as a person types it: a code of the authenticator, or a recovery code.

import { fill, h } from "./dom.js";
import { field } from "./form.js";
import { say } from "./language.js";

/** A field for the six digits that an authenticator shows; blanks between them do no harm. */
export function codeField() {
  return field(
    say("code"),
    { name: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true, pattern: "(\\s*[0-9]){6}\\s*", class: "code" },
    { hint: say("code_hint"), error: say("code_wrong_form") },
  );
}

/** The field for either kind of code, and the way to the other. */
export function eitherCode() {
  const place = h("div", {});
  const swap = h("button", { type: "button", class: "link" });
  let isRecovery = false;
  const show = () => {
    const recovery = () => field(say("recovery_code"), { name: "recovery_code", autocomplete: "off", required: true, class: "code" });
    fill(place, isRecovery ? recovery() : codeField());
    fill(swap, isRecovery ? say("use_code") : say("use_recovery_code"));
  };
  swap.addEventListener("click", () => {
    isRecovery = !isRecovery;
    show();
    place.querySelector("input")?.focus();
  });
  show();
  return h("div", {}, place, swap);
}

/**
 * What was typed into either field, as the service takes it.
 * @param {Record<string, string>} values
 * @returns {{code: string} | {recovery_code: string}}
 */
export function codeOf({ code, recovery_code = "" }) {
  return code === undefined ? { recovery_code: recovery_code.trim() } : { code: code.replace(/\s/g, "") };
}
