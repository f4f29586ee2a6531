// Passwords: a field to look into, the rules as one types, a first password, another password.

import { repeatable } from "./api.js";
import { openDialog } from "./dialog.js";
import { fill, h, icon, setAttribute } from "./dom.js";
import { field, form } from "./form.js";
import { say } from "./language.js";
import { changePassword, getPassword } from "./service.js";
import { announce } from "./status.js";
import { tell } from "./tabs.js";
import { currentUser } from "./user.js";

/** @typedef {import("./dom.js").Telling} Telling */

const WORD_CHARACTERS_MIN = 3;
const NAME_WORD_CHARACTERS_MIN = 4;
/** Where nothing is known of the user: what holds without a second factor, which is the most that is asked. */
const UNKNOWN_USER = { min_length: 15, max_length: 128 };

/**
 * A password that can be looked at while it is typed.
 * @param {Telling} label
 * @param {string} name
 * @param {"current-password" | "new-password"} autocomplete
 * @param {import("./dom.js").Child} [hint]
 */
export function passwordField(label, name, autocomplete, hint) {
  const show = h("button", { type: "button", class: "reveal", "aria-label": say("show_password") }, say("show"));
  const element = field(label, { name, type: "password", autocomplete, required: true }, { hint, beside: show });
  const input = element.querySelector("input");
  show.addEventListener("click", () => {
    const isShown = input?.type === "text";
    setAttribute(show, "aria-label", say(isShown ? "show_password" : "hide_password"));
    fill(show, isShown ? say("show") : say("hide"));
    if (input) input.type = isShown ? "password" : "text";
  });
  return element;
}

/** Whose password it is, for password managers. */
export function hiddenUserName() {
  const value = currentUser()?.user_name ?? "";
  return h("input", { type: "text", autocomplete: "username", value, hidden: true, readonly: true });
}

/**
 * A new password with its rules, which say as one types whether they are kept. The service has the last word.
 * @param {{min_length: number, max_length: number}} [lengths]
 * @param {HTMLElement} [current] The field of the password in force.
 */
export function newPasswordField(lengths = UNKNOWN_USER, current) {
  const words = wordsOfUser();
  const present = current?.querySelector("input");
  const rules = [
    rule(say("rule_length", lengths.min_length), (characters) => characters.length >= lengths.min_length),
    ...(words.length > 0 ? [rule(say("rule_context"), (_, text) => !words.some((word) => text.includes(word)))] : []),
    ...(present ? [rule(say("rule_other"), (characters) => characters.join("") !== present.value.normalize("NFC"))] : []),
  ];
  const count = h("p", { class: "count" });
  const tooLong = rule(say("rule_length_max", lengths.max_length), (characters) => characters.length <= lengths.max_length);
  const list = h("ul", { class: "rules" }, ...rules.map((one) => one.element), tooLong.element);
  const hint = h("div", {}, h("p", {}, say("password_advice")), list);
  const element = passwordField(say("new_password"), "new_password", "new-password", hint);
  element.append(count);
  const judge = (/** @type {string} */ typed) => {
    // As the service counts: code points, after normalisation.
    const characters = [...typed.normalize("NFC")];
    [...rules, tooLong].forEach((one) => one.judge(characters, fold(typed)));
    tooLong.element.hidden = characters.length <= lengths.max_length;
    fill(count, characters.length > 0 && say("characters", characters.length));
  };
  const judgeTyped = () => judge(element.querySelector("input")?.value ?? "");
  for (const one of [element, present]) one?.addEventListener("input", judgeTyped);
  judgeTyped();
  return element;
}

/**
 * @param {Telling} text
 * @param {(characters: string[], folded: string) => boolean} isKept
 */
function rule(text, isKept) {
  const mark = h("span", { class: "mark" });
  const state = h("span", { class: "unseen" });
  const element = h("li", {}, mark, h("span", {}, text), state);
  return {
    element,
    /** @param {string[]} characters @param {string} folded */
    judge(characters, folded) {
      const kept = characters.length > 0 && isKept(characters, folded);
      element.classList.toggle("kept", kept);
      fill(mark, icon(kept ? "check" : "circle"));
      fill(state, kept ? say("rule_kept") : say("rule_open"));
    },
  };
}

/** @param {string} text */
const fold = (text) => text.normalize("NFC").toLowerCase();

/** What a password must not hold: names of its user. */
function wordsOfUser() {
  const user = currentUser();
  if (!user) return [];
  const names = [user.user_name, user.account_name, user.email?.split("@")[0] ?? ""];
  const fullName = (user.full_name ?? "").split(/[\s!-/:-@[-\x60{-~\u2010-\u201f]+/u);
  return [
    ...names.filter((name) => [...name].length >= WORD_CHARACTERS_MIN),
    ...fullName.filter((word) => [...word].length >= NAME_WORD_CHARACTERS_MIN),
  ].map(fold);
}

/** Opens the dialog that asks for the password in force and another one; none where a provider signs the user in. */
export async function openChangePassword() {
  const { body: lengths } = await getPassword();
  if (!lengths.available) return null;
  const dialog = openDialog();
  const changeIt = repeatable(changePassword, "password-incorrect", async (problem, [lost], [given]) => {
    if (lost.new_password !== given.new_password) throw problem;
    const present = await getPassword();
    if (present.body.changed_at === lengths.changed_at) throw problem;
    return present;
  });
  const current = passwordField(say("current_password"), "current_password", "current-password");
  const change = form(
    {
      submit: say("change_password"),
      cancel: () => dialog.close(),
      send: async ({ current_password = "", new_password = "" }) => {
        await changeIt({ current_password, new_password });
        dialog.close("changed");
        announce(say("password_changed"));
        tell("security");
      },
    },
    hiddenUserName(),
    current,
    newPasswordField(lengths, current),
    h("p", { class: "aside" }, say("ends_other_sessions")),
  );
  dialog.show(say("change_password"), change);
  return dialog;
}
