// The language of the page, and everything that is said in it: words, dates, numbers.

import { retell } from "./dom.js";
import { recall, remember } from "./memory.js";
import { en, nl } from "./words.js";

/** @typedef {typeof en} Words */
/** @typedef {keyof Words} Word */
/** @typedef {"en" | "nl"} Language */

const CHOICE = "language";
const ALL = { en, nl };

/** The languages that there are, each by its own name. */
export const LANGUAGES = { en: "English", nl: "Nederlands" };

/** @type {Language} */
let language = "en";
choose(recall(CHOICE) ?? document.documentElement.lang);

/** @param {string} wanted */
function choose(wanted) {
  language = wanted === "nl" ? "nl" : "en";
  document.documentElement.lang = language;
}

/** The language in use. */
export function currentLanguage() {
  return language;
}

/** As the reader's country writes it: a browser that speaks British English has its dates. */
function locale() {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

/**
 * Says everything in another language from now on.
 * @param {string} wanted
 */
export function switchLanguage(wanted) {
  remember(CHOICE, wanted);
  choose(wanted);
  retell();
}

/**
 * What `word` says in the language of the moment; telling it again follows the language.
 * @template {Word} W
 * @param {W} word
 * @param {Words[W] extends (...parts: infer Parts) => string ? Parts : []} parts
 * @returns {() => string}
 */
export function say(word, ...parts) {
  return () => {
    /** @type {string | ((...parts: any[]) => string)} */
    const said = ALL[language][word];
    return typeof said === "string" ? said : said(...parts.map(isolate));
  };
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name that runs from right to left, or pretends to, leaves the sentence around it as it is.
 * @param {unknown} part
 */
function isolate(part) {
  if (typeof part !== "string") return part;
  const plain = part.replace(DIRECTIONS, "");
  return plain !== part || RIGHT_TO_LEFT.test(plain) ? `\u2068${plain}\u2069` : part;
}

/**
 * Whether there is such a word.
 * @param {string} word
 * @returns {word is Word}
 */
export function isWord(word) {
  return word in en;
}

/**
 * A day in UTC, as the service counts the days of a key.
 * @param {string} instant
 */
export function sayDay(instant) {
  return () => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(instant));
}

/**
 * A day and an hour, where the reader is.
 * @param {string} instant
 */
export function sayMoment(instant) {
  const style = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
  return () => new Intl.DateTimeFormat(locale(), style).format(new Date(instant));
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * How far away an instant is: "in 12 days", "5 minutes ago".
 * @param {string} instant
 */
export function sayDistance(instant) {
  return () => {
    const seconds = secondsUntil(instant);
    const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", Infinity];
    // In words only "now": 40 hours ago may be yesterday or the day before.
    const numeric = unit === "second" ? "auto" : "always";
    return new Intl.RelativeTimeFormat(locale(), { numeric }).format(Math.trunc(seconds / length), unit);
  };
}

/**
 * How long ago an instant was; also where this clock is behind the service's.
 * @param {string} instant
 */
export function sayAgo(instant) {
  return () => (secondsUntil(instant) > -60 ? say("just_now")() : sayDistance(instant)());
}

/** @param {string} instant */
const secondsUntil = (instant) => (Date.parse(instant) - Date.now()) / 1000;

/**
 * A length of time in its largest whole unit: "30 seconds", "10 minutes".
 * @param {number} seconds
 */
export function sayDuration(seconds) {
  return () => {
    const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
    const style = /** @type {const} */ ({ style: "unit", unit, unitDisplay: "long" });
    return new Intl.NumberFormat(locale(), style).format(Math.ceil(seconds / length));
  };
}

/**
 * Orders texts as a reader of the language does.
 * @param {string} one
 * @param {string} other
 */
export function compare(one, other) {
  return one.localeCompare(other, locale(), { numeric: true, sensitivity: "base" });
}
