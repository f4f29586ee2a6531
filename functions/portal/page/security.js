// Security: the password, the second factor, recovery codes, sessions.

import { focusHeading } from "./dialog.js";
import { h } from "./dom.js";
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
  const refresh = () => load(place, async () => (await getMfa()).body, (mfa) => rows(mfa, refresh));
  refresh();
  return { content: [factors, sessionsPart()], refresh };
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
    h("ul", { class: "rows" }, passwordRow(), factorRow(mfa, refresh), mfa.enabled && codesRow(mfa, refresh)),
  ];
}

function passwordRow() {
  return row([say("password")], [say("password_row")], [workButton(say("change_password"), openChangePassword)]);
}

/**
 * @param {Mfa} mfa
 * @param {() => Promise<void>} refresh
 */
function factorRow({ enabled, policy }, refresh) {
  const state = enabled ? badge("good", say("on")) : badge(policy === "enforced" ? "bad" : "plain", say("off"));
  const why = [say(enabled ? "mfa_on_row" : "mfa_off_row"), policy === "enforced" && " ", policy === "enforced" && say("mfa_enforced_row")];
  if (!enabled && policy === "off") return row([say("mfa"), state], [say("mfa_not_offered_row")], []);
  return row([say("mfa"), state], why, enabled
    ? [
        dialogButton(say("replace_authenticator"), openReplace, refresh),
        policy !== "enforced" && dialogButton(say("disable_mfa_button"), openDisable, refresh),
      ]
    : [dialogButton(say("enable_mfa"), openEnrol, refresh, "primary")]);
}

/**
 * @param {Mfa} mfa
 * @param {() => Promise<void>} refresh
 */
function codesRow(mfa, refresh) {
  return row([say("recovery_codes")], [say("codes_left", mfa.recovery_codes_remaining)], [dialogButton(say("new_codes"), openNewRecoveryCodes, refresh)]);
}

/**
 * @param {import("./dom.js").Telling} label
 * @param {() => import("./dialog.js").Dialog | Promise<import("./dialog.js").Dialog>} open
 * @param {() => Promise<void>} refresh
 * @param {string} [look]
 */
function dialogButton(label, open, refresh, look) {
  return workButton(label, async () => {
    const { closed } = await open();
    closed.then(async (result) => {
      if (!result) return;
      await refresh();
      focusHeading();
    });
  }, { class: look });
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
