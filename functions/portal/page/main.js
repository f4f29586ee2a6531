// The page itself: its frame, which view is shown, and who is asked what when a session is lacking.

import { askWith, is, meetSession } from "./api.js";
import { giveUpDialogs, keptAll, letGo, openDialog } from "./dialog.js";
import { fill, focusHeading, h, icon, retell, setAttribute } from "./dom.js";
import { describe, workButton } from "./form.js";
import { keysView } from "./keys.js";
import { currentLanguage, LANGUAGES, say, switchLanguage } from "./language.js";
import { askToEnrol } from "./mfa.js";
import { load, notice } from "./parts.js";
import { openChangePassword } from "./password.js";
import { profileView } from "./profile.js";
import { securityView } from "./security.js";
import { confirmEmail, getSession, signOut } from "./service.js";
import { askForFirstPassword, askToSignIn, waitForSignIn } from "./sign-in.js";
import { announce, hush, warn } from "./status.js";
import { askStepUp, waitForOtherTab } from "./step-up.js";
import { hear, markSignedIn, tell, wasSignedIn } from "./tabs.js";
import { currentUser, hearUser, keepUser, loadUser } from "./user.js";

const VIEWS = {
  profile: { title: say("profile"), icon: icon("user"), show: profileView },
  security: { title: say("security"), icon: icon("shield"), show: securityView },
  "api-keys": { title: say("api_keys"), icon: icon("key"), show: keysView },
};
/** @typedef {keyof typeof VIEWS} ViewName */

const SIGNED_OUT = "#signed-out";
const CHANGE_PASSWORD = "#password";
const TOKEN = /^#(invitation|reset|email)=(.+)$/;
const NO_LINK = { purpose: "", token: "" };

const gate = h("div", { class: "gate" });
const view = h("div", { class: "view" });
const person = h("span", { class: "person" });
const navigation = h("nav", { "aria-label": say("settings") });
const frame = h("div", { class: "frame" }, navigation, h("main", { id: "main", tabindex: "-1" }, gate, view));

/** @type {{name: ViewName, refresh: () => Promise<void>, draw?: () => void} | null} */
let current = null;

/** @param {() => string} title */
function entitle(title) {
  const tag = document.querySelector("title");
  if (tag) fill(tag, title);
}

/** @param {Record<string, string>} [attributes] */
const signOutButton = (attributes) => workButton(h("span", {}, say("sign_out")), leave, attributes);

/** The language in use, as its two letters where there is little room, and the choice of another. */
function languageChoice() {
  const options = Object.entries(LANGUAGES).map(([value, text]) =>
    h("option", { value, lang: value, selected: value === currentLanguage() }, text));
  const language = h("select", { "aria-label": say("language") }, ...options);
  language.addEventListener("change", () => switchLanguage(language.value));
  return h("div", { class: "language" }, h("span", { "aria-hidden": "true" }, currentLanguage), language);
}

/** The frame of the page, which is there before anything is known. */
function build() {
  document.getElementById("late")?.remove();
  entitle(say("user_settings"));
  const links = Object.entries(VIEWS).map(([name, { title, icon }]) => h("a", { href: `#${name}` }, icon, h("span", {}, title)));
  navigation.append(...links);
  const skip = h("a", { href: "#main", class: "skip" }, say("skip"));
  const signOut = signOutButton({ class: "leave" });
  signOut.prepend(icon("leave"));
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    focusHeading();
  });
  document.body.prepend(skip,
    h("header", { class: "top" }, h("p", { class: "brand" }, say("user_settings")), h("div", { class: "line" }, person, languageChoice(), signOut)),
    frame);
}

/**
 * Shows the view that the address names.
 * @param {boolean} [isFirst] The first one leaves the focus where it is.
 */
function showView(isFirst = false) {
  const wanted = location.hash.slice(1);
  const name = location.hash === CHANGE_PASSWORD ? "security" : Object.hasOwn(VIEWS, wanted) ? /** @type {ViewName} */ (wanted) : "profile";
  if (current?.name !== name) {
    if (!isFirst) {
      hush();
      giveUpDialogs();
    }
    const { title, show } = VIEWS[name];
    const { content, ...shown } = show();
    current = { name, ...shown };
    fill(view, h("h1", { tabindex: "-1" }, title), ...content);
    entitle(() => `${title()} · ${say("user_settings")()}`);
    navigation.querySelectorAll("a").forEach((link) => setAttribute(link, "aria-current", link.hash === `#${name}` && "page"));
    if (!isFirst) focusHeading();
  }
  if (location.hash === CHANGE_PASSWORD) {
    history.replaceState(null, "", "#security");
    openChangePassword()
      .then((dialog) => dialog?.closed)
      .then((result) => (result ? current?.refresh() : undefined))
      .catch((problem) => warn(describe(problem)));
  }
}

/** What a mailed link carries; it leaves the address at once. */
function takeToken() {
  const [, purpose, token] = TOKEN.exec(location.hash) ?? [];
  if (purpose) history.replaceState(null, "", location.pathname);
  return purpose ? { purpose, token: token ?? "" } : NO_LINK;
}

/**
 * Shows who is signed in.
 * @param {Profile} user
 */
function showUser({ full_name, user_name }) {
  isUnconfirmed = false;
  fill(person, h("bdi", {}, full_name ?? user_name));
  document.body.classList.add("signed-in");
}

/**
 * Asks something before anything is shown. A question that this one interrupts comes back after it.
 * @template Result
 * @param {(place: HTMLElement) => Promise<Result>} question
 */
async function askAtGate(question) {
  const interrupted = gate.hidden ? [] : [...gate.childNodes];
  wasAsked = true;
  view.hidden = true;
  gate.hidden = false;
  const result = await question(gate);
  fill(gate, ...interrupted);
  gate.hidden = interrupted.length === 0;
  view.hidden = !gate.hidden;
  return result;
}

/** Whether something was asked before anything is shown: then the focus has to be led on. */
let wasAsked = false;

/** Ends the question that lies over the page, where another tab answered it. */
let answerFromOtherTab = () => {};

/**
 * Asks something over what is shown and typed, which stays.
 * @param {() => string} title
 * @param {(place: HTMLElement) => Promise<unknown>} question
 */
async function askOver(title, question) {
  const dialog = openDialog("cover");
  const place = h("div", { class: "gate" });
  dialog.hold();
  dialog.show(title, place);
  /** @type {Promise<void>} */
  const elsewhere = new Promise((resolve) => (answerFromOtherTab = resolve));
  const result = await Promise.race([question(place), elsewhere]);
  dialog.close();
  return /** @type {SessionUser | undefined} */ (result);
}

async function askWho() {
  const user = currentUser();
  const isOut = location.hash === SIGNED_OUT;
  if (isOut) history.replaceState(null, "", location.pathname);
  const about = user ? h("p", {}, say("session_over"))
    : isUnconfirmed ? notice("bad", say("needs_cookies"))
    : isOut && h("p", { role: "status" }, say("signed_out"));
  const isElsewhere = user && user.identity_provider !== "local";
  const ask = (/** @type {HTMLElement} */ place) => isElsewhere ? waitForSignIn(place) : askToSignIn(place, { user, about });
  const who = user ? await askOver(say("sign_in_again"), ask) : await askAtGate(ask);
  // What was typed for one user is not for another.
  if (user && who && !isSame(user, who)) return startAnew();
  signedIn();
}

/**
 * @param {SessionUser} one
 * @param {SessionUser} other
 */
function isSame(one, other) {
  return one.user_name === other.user_name && one.environment_name === other.environment_name;
}

/** Whether somebody signed in of whom the service has told nothing since: a browser without cookies forgets at once. */
let isUnconfirmed = false;

function signedIn() {
  isUnconfirmed = true;
  markSignedIn(true);
  tell("signed-in");
}

async function askForFactor() {
  // Who is asked for it was recognised.
  isUnconfirmed = false;
  document.body.classList.add("restricted");
  if (currentUser()) await askOver(say("mfa_wanted"), (place) => askToEnrol(place, signOutButton()));
  else await askAtGate(askToEnrol);
  document.body.classList.remove("restricted");
}

/** Loads the page anew: nothing of a user is left in it. Never ends. */
function startAnew(hash = location.hash) {
  letGo();
  history.replaceState(null, "", `${location.pathname}${hash}`);
  location.reload();
  return new Promise(() => {});
}

/** Starts anew as another tab did. What is shown this once stays until it is kept; all else goes at once. */
async function followOtherTab(hash = location.hash) {
  fill(view);
  fill(person);
  await keptAll();
  await startAnew(hash);
}

async function leave() {
  await signOut();
  markSignedIn(false);
  tell("signed-out");
  await startAnew(SIGNED_OUT);
}

/** @param {import("./tabs.js").News} news */
async function hearNews(news) {
  if (news === "signed-out") {
    if (isSettingPassword) return;
    await followOtherTab(unusedLink() || SIGNED_OUT);
  } else if (news === "signed-in") {
    await meetOtherTab();
  } else if (news === "info") {
    await loadUser();
    if (current?.name === "profile") await current.refresh();
  } else if (news === "security" && document.body.classList.contains("restricted")) {
    // The second factor that is asked for here may have been set up there.
    if (currentUser()) answerFromOtherTab();
    else startAnew();
  } else if (current?.name === (news === "keys" ? "api-keys" : "security")) {
    await current.refresh();
  }
}

/** Somebody signed in elsewhere: the same person goes on here, another one starts anew. */
async function meetOtherTab() {
  const user = currentUser();
  if (!user) {
    if (!isSettingPassword) await followOtherTab(unusedLink() || location.hash);
    return;
  }
  const { body } = await getSession();
  if (isSame(user, body.user)) answerFromOtherTab();
  else await followOtherTab();
}

let isSettingPassword = false;
/** Kept until it was used, also where the service was out of reach meanwhile. */
let link = takeToken();
/** As it stood in the address; empty where there is none to use. */
const unusedLink = () => link.purpose && `#${link.purpose}=${link.token}`;

async function start() {
  current = null;
  const { purpose, token } = link;
  if (purpose === "invitation" || purpose === "reset") {
    isSettingPassword = true;
    await askAtGate((place) => askForFirstPassword(place, purpose, token));
    isSettingPassword = false;
    link = NO_LINK;
    signedIn();
  } else if (!wasSignedIn()) {
    // One question tells whether somebody is.
    await meetSession();
  }
  const user = loadUser();
  if (purpose) await user;
  if (purpose === "email") await confirmAddress(token);
  showView(true);
  await user;
  markSignedIn(true);
  if (wasAsked && document.activeElement === document.body) focusHeading();
  wasAsked = false;
}

/** @param {string} token */
async function confirmAddress(token) {
  try {
    keepUser(await confirmEmail(token));
    announce(say("email_confirmed"));
  } catch (problem) {
    if (is(problem, "unreachable", "unavailable")) throw problem;
    warn(is(problem, "token-expired") ? say("email_link_over") : describe(problem));
  }
  link = NO_LINK;
}

addEventListener("hashchange", () => {
  // A mailed link that was opened in this tab.
  if (TOKEN.test(location.hash)) location.reload();
  else if (currentUser()) showView();
});
// A page that comes back from the browser's memory may show what was left by signing out.
addEventListener("pageshow", (event) => event.persisted && startAnew());
hear((news) => hearNews(news).catch((problem) => warn(describe(problem))));
hearUser(showUser);
setInterval(retell, 60_000);
// What was in the background for hours may have expired there.
document.addEventListener("visibilitychange", () => document.hidden || current?.draw?.());
askWith({ signIn: askWho, enrol: askForFactor, stepUp: askStepUp, waitForOtherTab });
build();
gate.hidden = true;
// Where the service can't be reached, this offers to try again.
load(view, start, () => [...view.childNodes]);
