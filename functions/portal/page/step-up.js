// Step-up: the person proves again who they are, and what they asked for goes on by itself.

import { codeOf, eitherCode } from "./code.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { form } from "./form.js";
import { say } from "./language.js";
import { hiddenUserName, passwordField } from "./password.js";
import { getMfa, stepUp } from "./service.js";

/**
 * Asks for all factors.
 * @returns {Promise<boolean>} Whether they were proved; false when given up.
 */
export async function askStepUp() {
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
      cancel: dialog.close,
      send: async ({ password = "", ...typed }) => {
        await stepUp({ password, ...(isMfaEnabled && codeOf(typed)) });
        dialog.close("proved");
      },
    },
    h("p", {}, say("step_up_why")),
    hiddenUserName(),
    passwordField(say("password"), "password", "current-password"),
    isMfaEnabled && eitherCode(),
  );
}
