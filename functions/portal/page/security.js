// Security: the password, the second factor, recovery codes, sessions.

import { is } from "./api.js";
import { focusHeading, h } from "./dom.js";
import { alertRegion, workButton } from "./form.js";
import { say } from "./language.js";
import { openDisable, openEnrol, openNewRecoveryCodes, openReplace } from "./mfa.js";
import { badge, load, notice } from "./parts.js";
import { openChangePassword } from "./password.js";
import { getMfa } from "./service.js";
import { sessionsPart } from "./sessions.js";

/** @typedef {import("./dom.js").Child} Child */

const CODES_FEW = 3;

/** Shows the view; `refresh` brings it up to date. */
export function securityView() {
  const place = h("div", {});
  const factors = h("section", { class: "card", "aria-labelledby": "factors" },
    h("h2", { id: "factors" }, say("signing_in")), alertRegion(), place);
  const sessions = sessionsPart();
  const refreshFactors = () => load(place, async () => (await getMfa()).body, (mfa) => rows(mfa, refresh));
  // What changes a factor ends other sessions.
  const refresh = async () => {
    await Promise.all([refreshFactors(), sessions.refresh()]);
  };
  refresh();
  return { content: [factors, sessions.element], refresh };
}

/**
 * @param {Mfa} mfa
 * @param {() => Promise<void>} refresh
 */
function rows(mfa, refresh) {
  if (!mfa.available) return [h("p", {}, say("sso_signs_in"))];
  const few = mfa.enabled && mfa.recovery_codes_remaining <= CODES_FEW;
  return [
    few && notice("warn", h("p", {}, say("few_codes", mfa.recovery_codes_remaining))),
    h("ul", { class: "rows" }, passwordRow(refresh), factorRow(mfa, refresh), mfa.enabled && codesRow(mfa, refresh)),
  ];
}

/** @param {() => Promise<void>} refresh */
function passwordRow(refresh) {
  return row([say("password")], [say("password_row")], [dialogButton(say("change_password"), openChangePassword, refresh, "change-password")]);
}

/**
 * @param {Mfa} mfa
 * @param {() => Promise<void>} refresh
 */
function factorRow({ enabled, policy }, refresh) {
  const state = enabled ? badge("good", say("on")) : badge(policy === "enforced" ? "bad" : "plain", say("off"));
  if (!enabled && policy === "off") return row([say("mfa"), state], [say("mfa_policy_off")], []);
  const whoseChoice = policy === "off" ? say("mfa_kept") : say(`mfa_policy_${policy}`);
  const about = [say(enabled ? "mfa_on_row" : "mfa_off_row"), " ", whoseChoice];
  return row([say("mfa"), state], about, enabled
    ? [
        dialogButton(say("replace_authenticator"), openReplace, refresh, "replace-authenticator"),
        policy !== "enforced" && dialogButton(say("disable_mfa_button"), openDisable, refresh, "disable-mfa"),
      ]
    : [dialogButton(say("enable_mfa"), openEnrol, refresh, "enable-mfa", "primary")]);
}

/**
 * @param {Mfa} mfa
 * @param {() => Promise<void>} refresh
 */
function codesRow(mfa, refresh) {
  return row([say("recovery_codes")], [say("codes_left", mfa.recovery_codes_remaining)], [dialogButton(say("new_codes"), openNewRecoveryCodes, refresh, "new-codes")]);
}

/** @typedef {import("./dialog.js").Dialog | null} Opened */

/**
 * A button that opens a dialog; what that changed is shown, and the focus comes back where there still is a button.
 * @param {import("./dom.js").Telling} label
 * @param {() => Opened | Promise<Opened>} open
 * @param {() => Promise<void>} refresh
 * @param {string} id
 * @param {string} [look]
 */
function dialogButton(label, open, refresh, id, look) {
  return workButton(label, async () => {
    const dialog = await opened(open, refresh);
    dialog?.closed.then(async (result) => {
      if (dialog.mayHaveChanged()) await refresh();
      // Whoever went on meanwhile is not brought back.
      if (!result || !document.activeElement?.matches("body, h1")) return;
      const button = document.getElementById(id);
      if (button) button.focus();
      else focusHeading();
    });
  }, { class: look, id });
}

/**
 * Opens a dialog; where what is shown is out of date, that is mended.
 * @param {() => Opened | Promise<Opened>} open
 * @param {() => Promise<void>} refresh
 */
async function opened(open, refresh) {
  try {
    return await open();
  } catch (problem) {
    if (is(problem, "mfa-already-enabled", "mfa-not-enabled", "mfa-not-offered")) await refresh();
    throw problem;
  }
}

/**
 * @param {Child[]} name
 * @param {Child[]} about
 * @param {Child[]} buttons
 */
function row(name, about, buttons) {
  return h("li", { class: "row" },
    h("div", {}, h("p", { class: "name" }, ...name), h("p", { class: "aside" }, ...about)),
    h("div", { class: "line" }, ...buttons));
}
