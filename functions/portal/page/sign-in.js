// Signing in: name and password, a code where one is needed; a password that was forgotten, or never set.

import { is, Problem, repeatable } from "./api.js";
import { codeOf, eitherCode } from "./code.js";
import { fill, h } from "./dom.js";
import { alertRegion, field, form, workButton } from "./form.js";
import { say } from "./language.js";
import { recall, remember } from "./memory.js";
import { notice } from "./parts.js";
import { newPasswordField, passwordField } from "./password.js";
import { acceptInvitation, answerChallenge, getSession, requestPasswordReset, signIn } from "./service.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./dom.js").Telling} Telling */
/** @typedef {{show: (title: Telling, ...content: Child[]) => void, done: (user: SessionUser | undefined) => void}} Steps */

/** Where somebody signs in who never did so here. */
const ENVIRONMENT = "ROOT";
/** What the last one was is remembered by this name. */
const LAST_ENVIRONMENT = "environment";

/** @typedef {{environment_name: string, user_name: string}} Names */
/** @typedef {{user?: Names | null, typed?: Names, about?: Child}} Known Who it was, what was typed since, and what is to be said. */

/**
 * Shows sign-in steps in `place` until one of them has signed somebody in.
 * @param {HTMLElement} place
 * @param {(steps: Steps) => void} first
 * @returns {Promise<SessionUser | undefined>} Who; unknown where they have yet to enrol.
 */
function inSteps(place, first) {
  return new Promise((resolve) => {
    const show = (/** @type {Telling} */ title, /** @type {Child[]} */ ...content) => {
      const heading = h("h1", { tabindex: "-1" }, title);
      fill(place, h("section", { class: "card narrow" }, heading, ...content));
      /** @type {HTMLElement | null} */
      const first = place.querySelector("input:not([value])") ?? place.querySelector("input");
      (first ?? heading).focus();
    };
    const done = (/** @type {SessionUser | undefined} */ user) => {
      fill(place);
      resolve(user);
    };
    first({ show, done });
  });
}

/**
 * Asks who it is.
 * @param {HTMLElement} place
 * @param {Known} [known]
 */
export function askToSignIn(place, known = {}) {
  return inSteps(place, (steps) => showCredentials(steps, known));
}

/**
 * Waits for somebody whose password is their organisation's: they sign in there, in another tab.
 * @param {HTMLElement} place
 */
export function waitForSignIn(place) {
  return inSteps(place, ({ show, done }) => {
    const again = workButton(say("try_again"), async () => done((await getSession()).body.user), { class: "primary" });
    show(say("sign_in_again"), alertRegion(), h("p", {}, say("session_over_sso")), h("div", { class: "actions" }, again));
  });
}

/**
 * Sets a password with the token of a mailed link, and signs in with it.
 * @param {HTMLElement} place
 * @param {"invitation" | "reset"} purpose
 * @param {string} token
 */
export function askForFirstPassword(place, purpose, token) {
  return inSteps(place, (steps) => showFirstPassword(steps, purpose, token));
}

/**
 * @param {Steps} steps
 * @param {SignInAnswer} answer
 * @param {Known} known
 */
function goOn(steps, answer, known) {
  if (answer.status === "mfa_required") {
    showChallenge(steps, answer.challenge, known);
    return;
  }
  remember(LAST_ENVIRONMENT, answer.user.environment_name);
  steps.done(answer.user);
}

/**
 * @param {Steps} steps
 * @param {Known} known
 */
function showCredentials(steps, known) {
  const { user, about } = known;
  const signInForm = form(
    {
      submit: say("sign_in"),
      more: otherWay(say("forgot_password"), (typed) => showForgotten(steps, { ...known, typed })),
      send: async ({ password = "", ...names }) => {
        const typed = namesIn(names);
        const { body } = await signIn({ ...typed, password });
        goOn(steps, body, { user, typed });
      },
    },
    about,
    ...nameFields(known),
    passwordField(say("password"), "password", "current-password"),
  );
  steps.show(say(user ? "sign_in_again" : "sign_in"), signInForm);
}

/** @param {Known} known */
function nameFields({ user, typed }) {
  const { environment_name, user_name } = typed ?? user ?? {};
  return [
    field(say("environment"), { name: "environment_name", value: environment_name || recall(LAST_ENVIRONMENT) || ENVIRONMENT, required: true, autocomplete: "off" }),
    field(say("user_name"), { name: "user_name", value: user_name || null, required: true, autocomplete: "username" }),
  ];
}

/**
 * @param {Record<string, string>} values Of a form.
 * @returns {Names}
 */
function namesIn({ environment_name = "", user_name = "" }) {
  return { environment_name: environment_name.trim(), user_name: user_name.trim() };
}

/**
 * A button to another step, which takes along the names that were typed in this one.
 * @param {Telling} label
 * @param {(typed: Names | undefined) => void} go
 */
function otherWay(label, go) {
  const button = h("button", { type: "button", class: "link" }, label);
  button.addEventListener("click", () => {
    go(button.form ? namesIn(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(button.form)))) : undefined);
  });
  return button;
}

/**
 * @param {Steps} steps
 * @param {string} challenge
 * @param {Known} known
 */
function showChallenge(steps, challenge, known) {
  const restart = () => showCredentials(steps, known);
  const codeForm = form(
    {
      submit: say("confirm"),
      more: h("button", { type: "button", class: "link", onclick: restart }, say("start_again")),
      send: async (values) => {
        try {
          const { body } = await answerChallenge({ challenge, ...codeOf(values) });
          goOn(steps, body, known);
        } catch (problem) {
          if (!is(problem, "token-expired")) throw problem;
          showCredentials(steps, { ...known, about: notice("bad", say("challenge_over")) });
        }
      },
    },
    eitherCode(),
  );
  steps.show(say("second_step"), codeForm);
}

/**
 * @param {Steps} steps
 * @param {Known} known
 */
function showForgotten(steps, known) {
  const back = (/** @type {Names | undefined} */ asked = undefined) =>
    otherWay(say("back_to_sign_in"), (typed = asked) => showCredentials(steps, { ...known, typed }));
  const askForm = form(
    {
      submit: say("send_link"),
      more: back(),
      send: async (values) => {
        const asked = namesIn(values);
        await requestPasswordReset(asked);
        steps.show(say("look_in_mail"), h("p", {}, say("reset_sent")), back(asked));
      },
    },
    h("p", {}, say("reset_how")),
    ...nameFields(known),
  );
  steps.show(say("forgot_password"), askForm);
}

/**
 * @param {Steps} steps
 * @param {"invitation" | "reset"} purpose
 * @param {string} token
 */
function showFirstPassword(steps, purpose, token) {
  const accept = repeatable(acceptInvitation, "token-expired", async () => {
    throw new Problem("set-perhaps");
  });
  const setForm = form(
    {
      submit: say("set_password"),
      send: async ({ new_password = "" }) => {
        try {
          const { body } = await accept({ token, password: new_password });
          goOn(steps, body, {});
        } catch (problem) {
          if (!is(problem, "token-expired", "set-perhaps")) throw problem;
          showCredentials(steps, { about: notice("bad", say(is(problem, "set-perhaps") ? "password_set_perhaps" : "link_over")) });
        }
      },
    },
    h("p", {}, say(purpose === "reset" ? "reset_welcome" : "invitation_welcome")),
    newPasswordField(),
  );
  steps.show(say("set_password"), setForm);
}
