// Forms: fields with their hints and errors, native validation in the page's words, and buttons that work once.

import { is, Problem } from "./api.js";
import { fill, h, icon, setAttribute } from "./dom.js";
import { isWord, say, sayDuration } from "./language.js";
import { warn } from "./status.js";

/** @typedef {import("./dom.js").Telling} Telling */
/** @typedef {import("./dom.js").Child} Child */
/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

let count = 0;

/** A name for one element of the page. */
export function uniqueId() {
  count += 1;
  return `e${count}`;
}

/**
 * A labelled input with room for a hint and an error.
 * @param {Telling} label
 * @param {Record<string, import("./dom.js").Attribute> & {name: string}} attributes
 * @param {{hint?: Child, error?: Telling, beside?: Child}} [more] `error` is said where the input breaks its own rules
 */
export function field(label, attributes, { hint, error, beside } = {}) {
  const input = h("input", { id: uniqueId(), type: "text", autocapitalize: "none", spellcheck: "false", ...attributes });
  return frame(label, input, hint, error, beside);
}

/**
 * A labelled choice of few.
 * @param {Telling} label
 * @param {string} name
 * @param {[string, Telling][]} options
 * @param {Child} [hint]
 */
export function choice(label, name, options, hint) {
  const all = options.map(([value, text]) => h("option", { value }, text));
  return frame(label, h("select", { id: uniqueId(), name }, ...all), hint);
}

/**
 * @param {Telling} label
 * @param {Control} control
 * @param {Child} hint
 * @param {Telling} [error]
 * @param {Child} [beside]
 */
function frame(label, control, hint, error, beside) {
  const hintPart = hint && h("div", { class: "hint", id: `${control.id}-hint` }, hint);
  const errorPart = h("p", { class: "error", id: `${control.id}-error`, hidden: true });
  setAttribute(control, "aria-describedby", `${hintPart ? hintPart.id : ""} ${errorPart.id}`.trim());
  if (error) ruleErrors.set(control, error);
  const line = beside ? h("div", { class: "beside" }, control, beside) : control;
  return h("div", { class: "field" }, h("label", { for: control.id }, label), hintPart, line, errorPart);
}

/** @type {WeakMap<Element, Telling>} */
const ruleErrors = new WeakMap();

/**
 * A form that checks itself, sends once, and shows what was refused where it belongs.
 * @param {{submit: Telling, look?: string, cancel?: () => void, more?: Child,
 *   send: (values: Record<string, string>, form: HTMLFormElement) => Promise<unknown>}} how
 * @param {...Child} children
 */
export function form({ submit, look = "primary", cancel, more, send }, ...children) {
  const button = h("button", { class: look }, submit);
  // What is under way can't be taken back, and its answer may be seen once only.
  const giveUp = cancel && h("button", { type: "button", onclick: () => isWorking(button) || cancel() }, say("cancel"));
  const element = h("form", { novalidate: true }, alertRegion(), ...children,
    h("div", { class: "actions" }, button, giveUp, more));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isWorking(button)) return;
    clearErrors(element);
    if (!checkRules(element)) return;
    try {
      await working(button, () => send(valuesOf(element), element));
    } catch (problem) {
      if (element.isConnected) showProblem(element, problem);
      else warnOf(problem);
      element.dispatchEvent(new Event("failed", { bubbles: true }));
    }
  });
  return element;
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
function valuesOf(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** Where what concerns no field is said. */
export function alertRegion() {
  return h("div", { role: "alert", class: "alerts" });
}

/**
 * Says something in the alert region of `place`.
 * @param {Element} place
 * @param {...Child} what
 */
export function showAlert(place, ...what) {
  const region = place.querySelector("[role=alert]");
  if (!region) return;
  fill(region, h("div", { class: "notice bad" }, icon("alert"), h("div", {}, ...what)));
  // The button that was pressed may be far below.
  region.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLFormElement} form */
function clearErrors(form) {
  form.querySelector("[role=alert]")?.replaceChildren();
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  form.querySelectorAll(".error").forEach((error) => setAttribute(error, "hidden", true));
}

/**
 * @param {HTMLFormElement} form
 * @returns {boolean} Whether every field keeps its own rules; else the first that does not has the focus.
 */
function checkRules(form) {
  const controls = /** @type {Control[]} */ ([...form.elements].filter((element) => "validity" in element));
  const wrong = controls.filter((control) => !control.validity.valid);
  wrong.forEach((control) => {
    const missing = control.validity.valueMissing && say("required");
    showError(control, missing || ruleErrors.get(control) || (() => control.validationMessage));
  });
  wrong[0]?.focus();
  return wrong.length === 0;
}

/**
 * Says beside a field, or a group of them, what is wrong with it.
 * @param {Element} control
 * @param {Telling} text
 */
export function showError(control, text) {
  const error = document.getElementById(`${control.id}-error`);
  if (!error) return;
  control.setAttribute("aria-invalid", "true");
  fill(error, icon("alert"), text);
  error.hidden = false;
}

/** @type {Record<string, string[]>} The fields that a refusal is about, the first one there is. */
const FIELDS_OF = {
  "password-incorrect": ["current_password", "password"],
  "password-rejected": ["new_password"],
  "code-rejected": ["code", "recovery_code"],
  "name-taken": ["name"],
};

/**
 * Shows what the service refused: beside the field it concerns, else above the form.
 * @param {HTMLFormElement} form
 * @param {unknown} problem
 */
export function showProblem(form, problem) {
  if (is(problem, "cancelled")) return;
  const named = problem instanceof Problem ? problem.errors.map((error) => error.pointer.split("/")[1] ?? "") : [];
  const names = problem instanceof Problem ? (FIELDS_OF[problem.slug] ?? named) : [];
  const controls = names.map((name) => form.querySelector(`[name="${CSS.escape(name)}"], [data-group="${CSS.escape(name)}"]`));
  const found = controls.filter((control) => control !== null);
  found.forEach((control, index) => showError(control, fieldWords(problem, named[index])));
  const [first] = found;
  if (first instanceof HTMLElement) focusIn(first);
  else showAlert(form, describe(problem));
}

/**
 * Says what was refused to whoever went on meanwhile.
 * @param {unknown} problem
 */
function warnOf(problem) {
  if (!is(problem, "cancelled")) warn(describe(problem));
}

/** @param {HTMLElement} control */
function focusIn(control) {
  const inner = control.matches("input, select, button") ? control : control.querySelector("input");
  if (inner instanceof HTMLInputElement && inner.type !== "checkbox") inner.select?.();
  inner?.focus();
}

/**
 * @param {unknown} problem
 * @param {string} [name]
 * @returns {Telling}
 */
function fieldWords(problem, name) {
  const word = `wrong_${name}`;
  return name !== undefined && isWord(word) ? /** @type {Telling} */ (say(/** @type {any} */ (word))) : describe(problem);
}

/**
 * A problem in words.
 * @param {unknown} problem
 * @returns {Telling}
 */
export function describe(problem) {
  if (!(problem instanceof Problem)) return say("problem_internal");
  if (problem.reasons.length > 0) {
    const reasons = problem.reasons.map((reason) => `reason_${reason}`).filter(isWord);
    return () => reasons.map((reason) => say(/** @type {any} */ (reason))()).join(" ");
  }
  if (problem.retryAfterSeconds > 0 && problem.slug === "too-many-attempts") {
    return () => say("wait_for", sayDuration(problem.retryAfterSeconds)())();
  }
  const word = `problem_${problem.slug.replaceAll("-", "_")}`;
  return /** @type {Telling} */ (say(isWord(word) ? /** @type {any} */ (word) : "problem_other"));
}

/** @param {Element} button */
function isWorking(button) {
  return button.getAttribute("aria-busy") === "true";
}

/**
 * Does something that `button` asked for, once at a time; the button shows it.
 * @template Result
 * @param {Element} button
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function working(button, work) {
  setAttribute(button, "aria-busy", "true");
  setAttribute(button, "aria-disabled", "true");
  try {
    return await work();
  } finally {
    setAttribute(button, "aria-busy", null);
    setAttribute(button, "aria-disabled", null);
  }
}

/**
 * A button that works once at a time, and says above what went wrong.
 * @param {Child} label
 * @param {(event: Event) => Promise<unknown>} work
 * @param {Record<string, import("./dom.js").Attribute>} [attributes]
 */
export function workButton(label, work, attributes = {}) {
  const button = h("button", { type: "button", ...attributes }, label);
  button.addEventListener("click", async (event) => {
    if (isWorking(button)) return;
    const place = button.closest("dialog, form, section, main");
    place?.querySelector("[role=alert]")?.replaceChildren();
    try {
      await working(button, () => work(event));
    } catch (problem) {
      if (!place?.isConnected) warnOf(problem);
      else if (!is(problem, "cancelled")) showAlert(place, describe(problem));
    }
  });
  return button;
}
