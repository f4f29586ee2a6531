// Step-up: the person proves again who they are, and what they asked for goes on by itself.

import { codeOf, eitherCode } from "./code.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { form } from "./form.js";
import { say } from "./language.js";
import { hiddenUserName, passwordField } from "./password.js";
import { getMfa, stepUp } from "./service.js";

let isAsking = false;

/**
 * Asks for all factors.
 * @returns {Promise<boolean>} Whether they were proved; false when given up.
 */
export async function askStepUp() {
  isAsking = true;
  try {
    return await ask();
  } finally {
    isAsking = false;
  }
}

/**
 * Says that another tab asks; a person who does not want to answer there gives up here.
 * @param {() => void} giveUp
 * @returns {() => void} Takes it back.
 */
export function waitForOtherTab(giveUp) {
  if (isAsking) return () => {};
  const dialog = openDialog();
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, say("cancel"));
  dialog.show(say("other_tab"), h("p", {}, say("other_tab_asks")), h("div", { class: "actions" }, cancel));
  dialog.closed.then((result) => result || giveUp());
  return () => dialog.close("answered");
}

async function ask() {
  const { body: mfa } = await getMfa();
  const dialog = openDialog();
  if (mfa.available) {
    dialog.show(say("step_up"), factorsForm(dialog, mfa.enabled));
  } else {
    const again = h("button", { type: "button", class: "primary" }, say("try_again"));
    again.addEventListener("click", () => dialog.close("proved"));
    dialog.show(say("step_up"), h("p", {}, say("step_up_sso")), h("div", { class: "actions" }, again));
  }
  return (await dialog.closed) === "proved";
}

/**
 * @param {import("./dialog.js").Dialog} dialog
 * @param {boolean} isMfaEnabled
 */
function factorsForm(dialog, isMfaEnabled) {
  return form(
    {
      submit: say("confirm"),
      cancel: () => dialog.close(),
      send: async ({ password = "", ...typed }) => {
        await stepUp({ password, ...(isMfaEnabled && codeOf(typed)) });
        dialog.close("proved");
      },
    },
    hiddenUserName(),
    h("p", {}, say("step_up_why")),
    passwordField(say("password"), "password", "current-password"),
    isMfaEnabled && eitherCode(),
  );
}
