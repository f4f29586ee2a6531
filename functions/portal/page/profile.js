// Profile: who the user is; the full name and the e-mail address can be changed in their place.

import { is, Problem } from "./api.js";
import { h, icon } from "./dom.js";
import { alertRegion, describe, field, form, showAlert, workButton } from "./form.js";
import { say } from "./language.js";
import { badge, load, notice } from "./parts.js";
import { cancelPendingEmail, updateProfile } from "./service.js";
import { announce } from "./status.js";
import { tell } from "./tabs.js";
import { currentEtag, currentUser, keepUser, loadUser } from "./user.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {"full_name" | "email"} Editable */

/** Shows the view; `refresh` brings it up to date. */
export function profileView() {
  const place = h("div", {});
  const render = (/** @type {Profile} */ info) => [list(info, show)];
  const show = () => load(place, async () => currentUser() ?? (await loadUser()), render);
  const refresh = () => load(place, loadUser, render);
  show();
  const card = h("section", { class: "card", "aria-labelledby": "who" }, h("h2", { id: "who" }, say("about_you")), alertRegion(), place);
  return { content: [card], refresh };
}

/**
 * @param {Profile} info
 * @param {() => Promise<void>} show
 */
function list(info, show) {
  const groups = info.groups.join(", ");
  return h("dl", { class: "rows" },
    row(say("user_name"), [info.user_name]),
    editable(info, "full_name", show),
    editable(info, "email", show, emailState(info, show)),
    row(say("environment"), [`${info.environment_name} · ${info.account_name}`]),
    groups && row(say("groups"), [groups]),
    row(say("signs_in_with"), [say(`provider_${info.identity_provider}`)]));
}

/**
 * @param {import("./dom.js").Telling} name
 * @param {Child[]} value
 */
function row(name, value) {
  return h("div", { class: "row" }, h("dt", {}, name), h("dd", {}, ...value));
}

/**
 * A value with an Edit button, which becomes a form in its place; one that is being edited stays as it is.
 * @param {Profile} info
 * @param {Editable} name
 * @param {() => Promise<void>} show
 * @param {Child} [more]
 */
function editable(info, name, show, more) {
  const value = info[name];
  const id = `row-${name}`;
  const before = document.getElementById(id);
  if (before?.querySelector("form")) return before;
  const edit = h("button", { type: "button", class: "icon-button", "aria-label": say(`edit_${name}`), id: `edit-${name}` }, icon("edit"));
  const close = async () => {
    place.replaceChildren();
    await show();
    document.getElementById(`edit-${name}`)?.focus();
  };
  edit.addEventListener("click", () => {
    place.replaceChildren(editForm(info, name, close));
    const input = place.querySelector("input");
    input?.focus();
    input?.select();
  });
  const shown = value ? h("bdi", {}, value) : h("span", { class: "empty" }, say(`set_${name}`));
  const state = name === "email" && value ? verifiedBadge(info) : null;
  const place = h("dd", {}, h("div", { class: "value-line" }, h("div", {}, shown, state), edit), more);
  return h("div", { class: "row", id }, h("dt", {}, say(name)), place);
}

/** @param {Profile} info */
function verifiedBadge(info) {
  return info.email_verified ? badge("good", say("verified")) : badge("warn", say("not_verified"));
}

const LIMITS = {
  full_name: { type: "text", dir: "auto", autocomplete: "name", autocapitalize: "words" },
  email: { type: "email", autocomplete: "email" },
};

/**
 * @param {Profile} info
 * @param {Editable} name
 * @param {() => Promise<void>} close
 */
function editForm(info, name, close) {
  let before = info[name];
  return form(
    {
      submit: say("save"),
      cancel: close,
      send: async (values, form) => {
        const typed = (values[name] ?? "").trim();
        try {
          // Another tab of this browser may have changed it; that is known here.
          if (currentUser()?.[name] !== before) throw new Problem("precondition-failed");
          await save({ [name]: typed || null });
        } catch (problem) {
          if (!is(problem, "precondition-failed")) throw problem;
          // What was typed stays; saving again is on what the service holds now.
          before = (await loadUser())[name];
          showAlert(form, describe(problem), " ", () => say("now_it_is", currentUser()?.[name] ?? "–")());
          return;
        }
        announce(name === "email" && isAsked(typed) ? say("email_asked") : say("saved"));
        await close();
      },
    },
    field(say(name), { name, value: info[name], ...LIMITS[name] }, { hint: name === "email" && say("email_hint"), error: say(`wrong_${name}`) }),
  );
}

/**
 * Whether a mail went to the address that was typed.
 * @param {string} typed
 */
function isAsked(typed) {
  const { pending_email, email, email_verified } = currentUser() ?? {};
  return (pending_email ?? (email_verified ? null : email))?.toLowerCase() === typed.toLowerCase();
}

/** @param {BodyOf<"update_profile">} change */
async function save(change) {
  keepUser(await updateProfile(change, currentEtag()));
  tell("info");
}

/**
 * What is to be done about an address that waits, or was never confirmed.
 * @param {Profile} info
 * @param {() => Promise<void>} show
 */
function emailState({ pending_email, email, email_verified }, show) {
  const address = pending_email ?? (email_verified ? null : email);
  if (!address) return null;
  const again = workButton(say(pending_email ? "send_again" : "send_confirmation"), async () => {
    try {
      await save({ email: address });
    } catch (problem) {
      // What is shown may be over: confirmed elsewhere, or not in time.
      if (is(problem, "precondition-failed")) await loadUser().then(show);
      throw problem;
    }
    announce(say("email_asked"));
    await show();
  });
  const giveUp = workButton(say("cancel_change"), async () => {
    await cancelPendingEmail();
    await loadUser();
    tell("info");
    announce(say("change_cancelled"));
    await show();
    document.getElementById("edit-email")?.focus();
  });
  const what = pending_email ? say("email_waits", pending_email) : say("email_unconfirmed");
  return notice("info", h("p", {}, what), h("div", { class: "line" }, again, pending_email && giveUp));
}
