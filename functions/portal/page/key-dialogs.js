// What is done with an API key: made, rotated, deleted; its value, shown once.

import { is, Problem, repeatable } from "./api.js";
import { openDialog } from "./dialog.js";
import { fill, h, setAttribute } from "./dom.js";
import { choice, describe, field, form, showAlert, showError, uniqueId } from "./form.js";
import { isWord, say, sayAgo, sayDay } from "./language.js";
import { copyButton, keepFirst, load, notice } from "./parts.js";
import { createApiKey, deleteApiKey, getApiKey, listScopes, rotateApiKey } from "./service.js";
import { announce } from "./status.js";
import { tell } from "./tabs.js";

/** @typedef {import("./dialog.js").Dialog} Dialog */
/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./dom.js").Telling} Telling */

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 90;
const QUICK_DAYS = [30, 90, 180];
const HOUR_SECONDS = 3600;
/** How long a value may work after its key was rotated. */
const OVERLAP_MAX_DAYS = 7;

/** Opens the dialog that makes a key; it closes with the key's name. */
export function openNewKey() {
  const dialog = openDialog("wide");
  // The same order has the same key, so that an answer that was lost can be asked for again.
  const order = { text: "", key: "" };
  const scopes = h("div", {});
  const make = form(
    {
      submit: say("create_key"),
      cancel: () => dialog.close(),
      send: async ({ name = "", expiration_date = "" }, form) => {
        const chosen = [...form.querySelectorAll("input[name=scope]:checked")];
        if (chosen.length === 0) return refuseNoScope(form);
        const body = { name: name.trim(), expiration_date, scopes: chosen.map((box) => /** @type {HTMLInputElement} */ (box).value) };
        const text = JSON.stringify(body);
        if (order.text !== text) Object.assign(order, { text, key: crypto.randomUUID() });
        const { body: key } = await createApiKey(body, order.key);
        tell("keys");
        showValue(dialog, say("key_created"), key);
      },
    },
    field(say("key_name"), { name: "name", required: true, dir: "auto", autocomplete: "off", pattern: "(?!@)[^\\/\\\\%?#]+" },
      { hint: say("key_name_hint"), error: say("wrong_name") }),
    expiryFields(),
    scopes,
  );
  dialog.show(say("new_key"), make);
  load(scopes, async () => (await listScopes()).body.items, (items) => [scopeFields(items)]);
  return dialog;
}

/** @param {HTMLFormElement} form */
function refuseNoScope(form) {
  const group = form.querySelector("[data-group=scopes]");
  if (!group) return showAlert(form, say("problem_unavailable"));
  showError(group, say("wrong_scopes"));
  group.querySelector("input")?.focus();
}

/**
 * What a scope allows, in the language of the page; one that is newer than the page in the service's words.
 * @param {Scope} scope
 */
function scopeWords({ name, description }) {
  const word = `scope_${name}`;
  return isWord(word) ? say(/** @type {"scope_Tasks"} */ (word)) : description;
}

/** @param {Scope[]} scopes */
function scopeFields(scopes) {
  const id = uniqueId();
  const boxes = scopes.map((scope) =>
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "scope", value: scope.name }),
      h("span", {}, h("strong", {}, scope.name), h("span", { class: "aside" }, scopeWords(scope)))));
  return h("fieldset", { id, "data-group": "scopes", "aria-describedby": `${id}-error` },
    h("legend", {}, say("scopes")), h("p", { class: "error", id: `${id}-error`, hidden: true }),
    h("div", { class: "checks" }, ...boxes));
}

/** @param {Date} date */
const dateText = (date) => date.toISOString().slice(0, 10);

/** The last day that a key made now may live, in UTC: a year from today, on 28 February where there is no 29th. */
function lastDay() {
  const day = new Date();
  const month = day.getUTCMonth();
  day.setUTCFullYear(day.getUTCFullYear() + 1);
  if (day.getUTCMonth() !== month) day.setUTCDate(0);
  return day;
}

/** @param {number} days */
const inDays = (days) => dateText(new Date(Date.now() + days * DAY_MS));

/** A date within a year, and quick choices for it. */
function expiryFields(label = say("expiry_date"), value = inDays(LIFETIME_DAYS)) {
  const last = dateText(lastDay());
  const date = field(label,
    { name: "expiration_date", type: "date", required: true, min: dateText(new Date()), max: last, value },
    { hint: say("expiry_hint"), error: say("wrong_expiration_date") });
  const input = date.querySelector("input");
  /** @type {[string, Telling][]} */
  const quick = [...QUICK_DAYS.map((days) => /** @type {[string, Telling]} */ ([inDays(days), say("days", days)])), [last, say("one_year")]];
  const buttons = quick.map(([value, text]) => h("button", { type: "button", class: "quick", value }, text));
  const mark = () => buttons.forEach((button) => setAttribute(button, "aria-pressed", String(button.value === input?.value)));
  buttons.forEach((button) => button.addEventListener("click", () => {
    if (input) input.value = button.value;
    mark();
  }));
  input?.addEventListener("input", mark);
  mark();
  const choices = h("div", { class: "line quick-choices", role: "group", "aria-label": say("quick_choices") }, ...buttons);
  const line = h("div", { class: "with-quick" });
  input?.replaceWith(line);
  fill(line, input, choices);
  return date;
}

/**
 * Shows a key's value the one time it can be seen.
 * @param {Dialog} dialog
 * @param {Telling} title
 * @param {KeyWithValue} key
 */
function showValue(dialog, title, key) {
  const { name, value } = key;
  dialog.hold();
  dialog.guard();
  const close = () => dialog.close(name);
  if (!value) {
    // The request came through, its answer did not: the value is gone, and a rotation makes another.
    const done = h("button", { type: "button", class: "primary", onclick: close }, say("done"));
    dialog.show(title, notice("warn", h("p", {}, say("value_lost", name))), h("div", { class: "actions" }, done));
    return;
  }
  const shown = h("code", { class: "secret", tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-label": say("key_value") }, value);
  const choose = () => getSelection()?.selectAllChildren(shown);
  shown.addEventListener("focus", choose);
  dialog.show(title,
    notice("warn", h("p", {}, say("value_once"))),
    h("p", { class: "aside" }, say("value_of", name)),
    h("div", { class: "value" }, shown, copyButton(() => value, shown)),
    keepFirst(say("value_saved"), close));
}

/** @param {Key} key */
function usedWords({ last_used_at }) {
  return last_used_at ? () => say("used_last", sayAgo(last_used_at)())() : say("used_never");
}

/**
 * Asks what is to be done with the key as the service has it now; a key that is gone says so. Where it was changed
 * before that is done, it is asked again, with what was chosen.
 * @param {Key} listed
 * @param {Dialog} dialog
 * @param {Telling} title
 * @param {Omit<Parameters<typeof form>[0], "send" | "cancel">} how
 * @param {(key: Key, etag: string | null, values: Record<string, string>) => Promise<void>} act
 * @param {(key: Key, chosen: Record<string, string>) => Child[]} render
 */
function askAbout(listed, dialog, title, how, act, render) {
  const show = async (/** @type {Telling | null} */ why = null, /** @type {Record<string, string>} */ chosen = {}) => {
    const place = h("div", {});
    dialog.show(title, place);
    await load(place, () => getApiKey(listed.name), ({ body: key, etag }) => {
      const send = async (/** @type {Record<string, string>} */ values) => {
        try {
          await act(key, etag, values);
        } catch (problem) {
          if (!is(problem, "precondition-failed", "rotated-perhaps")) throw problem;
          await show(describe(problem), values);
        }
      };
      const asked = form({ ...how, cancel: () => dialog.close(), send }, ...render(key, chosen));
      // Another key may have the name by now.
      const warning = why ?? (key.created_at === listed.created_at ? null : say("problem_precondition_failed"));
      if (warning) showAlert(asked, warning);
      return [asked];
    });
  };
  show();
}

/** Opens the dialog that gives a key a new value; it closes with the key's name. @param {Key} listed */
export function openRotateKey(listed) {
  const dialog = openDialog();
  const overlaps = /** @type {[string, Telling][]} */ ([
    ["0", say("at_once")], [String(HOUR_SECONDS), say("after_hour")], [String(24 * HOUR_SECONDS), say("after_day")], [String(7 * 24 * HOUR_SECONDS), say("after_week")],
  ]);
  const rotateIt = repeatable(rotateApiKey, "precondition-failed", async () => {
    throw new Problem("rotated-perhaps");
  });
  const rotate = async (/** @type {Key} */ key, /** @type {string | null} */ etag, /** @type {Record<string, string>} */ values) => {
    const { overlap_seconds, expiration_date } = values;
    const body = { overlap_seconds: Number(overlap_seconds), ...(expiration_date ? { expiration_date } : {}) };
    const { body: rotated } = await rotateIt(key.name, body, etag);
    tell("keys");
    showValue(dialog, say("key_rotated"), rotated);
  };
  askAbout(listed, dialog, () => say("rotate_title", listed.name)(), { submit: say("rotate") }, rotate, (key, { overlap_seconds = "0", expiration_date = "" }) => [
    h("p", {}, say("rotate_why"), " ", usedWords(key)),
    formerValue(key),
    chosen(choice(say("old_value_ends"), "overlap_seconds", overlaps), overlap_seconds),
    expiryChoice(key, expiration_date),
  ]);
  return dialog;
}

/**
 * What becomes of a value from before the last rotation, which may work yet.
 * @param {Key} key
 */
function formerValue({ rotated_at }) {
  if (!rotated_at || Date.now() - Date.parse(rotated_at) > OVERLAP_MAX_DAYS * DAY_MS) return null;
  return h("p", {}, () => say("former_value_ends", sayAgo(rotated_at)())());
}

/**
 * A choice of which something is chosen.
 * @param {HTMLElement} choice
 * @param {string} value
 */
function chosen(choice, value) {
  const select = choice.querySelector("select");
  if (select) select.value = value;
  return choice;
}

/**
 * @param {Key} key
 * @param {string} another The date that was chosen in place of its own, if any.
 */
function expiryChoice({ expiration_date }, another) {
  const place = h("div", {}, another !== "" && expiryFields(say("new_expiry_date"), another));
  const keep = chosen(choice(say("expiry_date"), "", [["", () => say("keep_expiry", sayDay(expiration_date)())()], ["new", say("another_date")]]),
    another && "new");
  keep.querySelector("select")?.removeAttribute("name");
  keep.addEventListener("change", (event) => {
    fill(place, /** @type {HTMLSelectElement} */ (event.target).value === "new" && expiryFields(say("new_expiry_date")));
  });
  return h("div", { class: "one-of" }, keep, place);
}

/** Opens the dialog that deletes a key; it closes with the key's name. @param {Key} listed */
export function openDeleteKey(listed) {
  const dialog = openDialog();
  const remove = async (/** @type {Key} */ key, /** @type {string | null} */ etag) => {
    try {
      await deleteApiKey(key.name, etag);
    } catch (problem) {
      // Gone already is what was asked for.
      if (!is(problem, "not-found")) throw problem;
    }
    tell("keys");
    announce(say("key_deleted", key.name));
    dialog.close(key.name);
  };
  askAbout(listed, dialog, () => say("delete_title", listed.name)(), { submit: say("delete_key"), look: "danger" }, remove, (key) => [
    h("p", {}, say("delete_why"), " ", h("strong", {}, usedWords(key))),
  ]);
  return dialog;
}
