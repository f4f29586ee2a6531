// Where the user is signed in, and how to end it.

import { is } from "./api.js";
import { h, mayLead } from "./dom.js";
import { alertRegion, workButton } from "./form.js";
import { say, sayAgo } from "./language.js";
import { ago, badge, load } from "./parts.js";
import { endOtherSessions, endSession, listSessions } from "./service.js";
import { announce } from "./status.js";

const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["Chrome", "Chrome"], ["CriOS", "Chrome"], ["Safari", "Safari"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]];

/** The list of active sessions; `refresh` brings it up to date. */
export function sessionsPart() {
  const place = h("div", {});
  const refresh = () => load(place, allSessions, (sessions) => list(sessions, refresh));
  const element = h("section", { class: "card", "aria-labelledby": "sessions" },
    h("h2", { id: "sessions", tabindex: "-1" }, say("active_sessions")), h("p", { class: "aside" }, say("sessions_why")),
    alertRegion(), place);
  return { element, refresh };
}

/** All of them, whatever page of the list they are on: the one to end may be on the last. */
async function allSessions() {
  /** @type {Session[]} */
  const sessions = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    const { body } = /** @type {AnswerOf<"list_sessions">} */ (await listSessions(cursor));
    sessions.push(...body.items);
    cursor = body.next;
  } while (cursor);
  return sessions;
}

/**
 * @param {Session[]} sessions
 * @param {() => Promise<void>} reload
 */
function list(sessions, reload) {
  const sorted = sessions.toSorted((one, other) => Number(other.current) - Number(one.current)
    || Date.parse(other.last_seen_at) - Date.parse(one.last_seen_at));
  const endOthers = workButton(say("end_others"), async ({ currentTarget }) => {
    await endOtherSessions();
    await done(currentTarget, reload, say("others_ended"));
  });
  return [
    h("ul", { class: "rows" }, ...sorted.map((session) => row(session, reload))),
    sessions.length > 1 && h("div", { class: "actions" }, endOthers),
  ];
}

/**
 * @param {Session} session
 * @param {() => Promise<void>} reload
 */
function row(session, reload) {
  const device = readable(session.user_agent);
  const end = async (/** @type {Event} */ { currentTarget }) => {
    // One that is over already is what was asked for.
    await endSession(session.id).catch((problem) => {
      if (!is(problem, "not-found")) throw problem;
    });
    await done(currentTarget, reload, say("session_ended"));
  };
  return h("li", { class: "row" },
    h("div", {},
      h("p", { class: "name" }, device, session.current && badge("good", say("this_session"))),
      h("p", { class: "aside" }, `${session.source_ip} · `, say("last_seen"), " ", ago(session.last_seen_at))),
    !session.current && workButton(say("end"), end, { "aria-label": () => say("end_session", device(), sayAgo(session.created_at)())() }));
}

/**
 * @param {EventTarget | null} button What was pressed, and may go with what it ended.
 * @param {() => Promise<void>} reload
 * @param {import("./dom.js").Telling} what
 */
async function done(button, reload, what) {
  announce(what);
  if (mayLead(button)) document.getElementById("sessions")?.focus();
  await reload();
}

/**
 * A browser and its system, as a person knows them.
 * @param {string} userAgent
 */
function readable(userAgent) {
  const find = (/** @type {string[][]} */ names) => names.find(([mark = ""]) => userAgent.includes(mark))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) return () => say("browser_on", browser, system)();
  return () => browser ?? system ?? (userAgent.slice(0, 40) || say("unknown_browser")());
}
