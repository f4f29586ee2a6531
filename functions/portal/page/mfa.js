// The second factor: set up, replaced, turned off; recovery codes, shown once.

import { is, Problem, repeatable } from "./api.js";
import { codeField } from "./code.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { form, showAlert, workButton } from "./form.js";
import { say } from "./language.js";
import { copyButton, keepFirst, notice } from "./parts.js";
import { confirmTotp, disableTotp, enrolTotp, getMfa, replaceRecoveryCodes, resetTotp } from "./service.js";
import { announce } from "./status.js";
import { tell } from "./tabs.js";
import { currentUser } from "./user.js";

/** @typedef {import("./dialog.js").Dialog} Dialog */

/**
 * Opens the dialog that sets up an authenticator. Where it was confirmed and the answer got lost, nobody has seen the
 * recovery codes, so they are made anew.
 */
export const openEnrol = async () => setUp((await enrolTotp()).body, async (problem) => {
  if (!(await getMfa()).body.enabled) throw problem;
  return replaceRecoveryCodes();
});

/**
 * Opens the dialog that sets up another authenticator in place of the one in force. Where the answer to its
 * confirmation got lost, nothing tells which one is.
 */
export const openReplace = async () => setUp((await resetTotp()).body, async () => {
  throw new Problem("replaced-perhaps");
});

/**
 * @param {Enrolment} enrolment
 * @param {(problem: Problem) => Promise<{ body: { recovery_codes: string[] } }>} settle Where it may have been confirmed before.
 */
function setUp(enrolment, settle) {
  const confirmIt = repeatable(/** @type {(code: string) => ReturnType<typeof settle>} */ (confirmTotp), "token-expired", settle);
  const dialog = openDialog("wide");
  const confirm = form(
    {
      submit: say("confirm"),
      cancel: () => dialog.close(),
      send: async ({ code = "" }) => {
        const { body } = await confirmIt(code.replace(/\s/g, ""));
        tell("security");
        showRecoveryCodes(dialog, body.recovery_codes);
        dialog.closed.then(() => announce(say("mfa_is_on")));
      },
    },
    ...authenticatorSteps(enrolment),
    codeField(),
  );
  dialog.show(say("set_up_authenticator"), confirm);
  return dialog;
}

/** @param {Enrolment} enrolment */
function authenticatorSteps({ secret, otpauth_uri, qr_svg }) {
  const shown = h("code", { class: "secret" }, secret.match(/.{1,4}/g)?.join(" "));
  return [
    h("p", {}, say("scan_this")),
    h("div", { class: "scan" }, h("img", { class: "qr", alt: say("qr_code"), width: 200, height: 200, src: `data:image/svg+xml,${encodeURIComponent(qr_svg)}` }),
    h("div", { class: "by-hand" },
      h("p", { class: "in-app" }, h("a", { href: otpauth_uri }, say("open_in_app"))),
      h("p", {}, say("or_type")),
      h("p", { class: "line" }, shown, copyButton(() => secret, shown)))),
  ];
}

/**
 * Shows recovery codes the one time they can be seen.
 * @param {Dialog} dialog
 * @param {string[]} codes
 */
function showRecoveryCodes(dialog, codes) {
  const text = () => `${codes.join("\n")}\n`;
  const list = h("ol", { class: "codes" }, ...codes.map((code) => h("li", {}, h("code", {}, code))));
  dialog.hold();
  dialog.guard();
  dialog.show(
    say("recovery_codes"),
    notice("warn", h("p", {}, say("recovery_codes_once"))),
    h("p", { class: "print-only" }, whose()),
    list,
    h("div", { class: "line no-print" },
      copyButton(text, list),
      h("button", { type: "button", onclick: () => download(text()) }, say("download")),
      h("button", { type: "button", onclick: () => print() }, say("print"))),
    keepFirst(say("codes_saved"), () => dialog.close("kept")),
  );
  dialog.closed.then(() => codes.fill(""));
}

/** Whose codes they are, where they are kept beside others. */
function whose() {
  const user = currentUser();
  return user ? `${user.user_name} · ${user.environment_name} · ${user.account_name}` : location.host;
}

/** @param {string} codes */
function download(codes) {
  const title = `${say("recovery_codes")()}: ${whose()}`;
  const href = URL.createObjectURL(new Blob([`${title}\n\n${codes}`], { type: "text/plain" }));
  h("a", { href, download: "recovery-codes.txt" }).click();
  URL.revokeObjectURL(href);
}

/** Opens the dialog that makes new recovery codes, after a question: the ones before stop working. */
export function openNewRecoveryCodes() {
  return askFirst(say("new_recovery_codes"), say("new_codes_why"), say("make_new_codes"), async (dialog) => {
    const { body } = await replaceRecoveryCodes();
    tell("security");
    showRecoveryCodes(dialog, body.recovery_codes);
  });
}

/** Opens the dialog that turns the second factor off, after a question. */
export function openDisable() {
  return askFirst(say("disable_mfa"), say("disable_why"), say("disable"), async (dialog, form) => {
    try {
      await disableTotp();
    } catch (problem) {
      if (!is(problem, "password-rejected")) throw problem;
      showAlert(form, say("disable_needs_longer"));
      return;
    }
    tell("security");
    announce(say("mfa_is_off"));
    dialog.close("done");
  }, "danger");
}

/**
 * @param {import("./dom.js").Telling} title
 * @param {import("./dom.js").Telling} question
 * @param {import("./dom.js").Telling} action
 * @param {(dialog: Dialog, form: HTMLFormElement) => Promise<void>} act
 * @param {string} [look]
 */
function askFirst(title, question, action, act, look = "primary") {
  const dialog = openDialog();
  const ask = form({ submit: action, look, cancel: () => dialog.close(), send: (_, form) => act(dialog, form) }, h("p", {}, question));
  dialog.show(title, ask);
  return dialog;
}

/**
 * The way in for those whose account wants a second factor of them; ends once it is in force.
 * @param {HTMLElement} place
 * @param {import("./dom.js").Child} [wayOut]
 * @returns {Promise<void>}
 */
export function askToEnrol(place, wayOut) {
  return new Promise((resolve) => {
    const heading = h("h1", { tabindex: "-1" }, say("mfa_wanted"));
    const start = workButton(say("set_up_authenticator"), async () => {
      try {
        const { closed } = await openEnrol();
        closed.then((result) => result && resolve());
      } catch (problem) {
        // It was set up elsewhere meanwhile, or the answer that said so was lost.
        if (!is(problem, "mfa-already-enabled")) throw problem;
        resolve();
      }
    }, { class: "primary" });
    const region = h("div", { role: "alert", class: "alerts" });
    place.replaceChildren(h("section", { class: "card narrow" }, heading, region, h("p", {}, say("mfa_wanted_why")),
      h("div", { class: "actions" }, start, wayOut)));
    heading.focus();
  });
}
