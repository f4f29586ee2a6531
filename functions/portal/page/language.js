// The language of the page, and everything that is said in it: words, dates, numbers.

import { retell } from "./dom.js";
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
choose(localStorage.getItem(CHOICE) ?? document.documentElement.lang);

/** @param {string} wanted */
function choose(wanted) {
  language = wanted === "nl" ? "nl" : "en";
  document.documentElement.lang = language;
}

/** The language in use. */
export function currentLanguage() {
  return language;
}

/**
 * Says everything in another language from now on.
 * @param {string} wanted
 */
export function switchLanguage(wanted) {
  localStorage.setItem(CHOICE, wanted);
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
    return typeof said === "string" ? said : said(...parts);
  };
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
  return () => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(instant));
}

/**
 * A day and an hour, where the reader is.
 * @param {string} instant
 */
export function sayMoment(instant) {
  const style = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
  return () => new Intl.DateTimeFormat(language, style).format(new Date(instant));
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
    const seconds = (Date.parse(instant) - Date.now()) / 1000;
    const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
    const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    return Math.abs(seconds) < 60 ? format.format(0, "second") : format.format(Math.trunc(seconds / length), unit);
  };
}

/**
 * A length of time in its largest whole unit: "30 seconds", "10 minutes".
 * @param {number} seconds
 */
export function sayDuration(seconds) {
  return () => {
    const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
    const style = /** @type {const} */ ({ style: "unit", unit, unitDisplay: "long" });
    return new Intl.NumberFormat(language, style).format(Math.ceil(seconds / length));
  };
}

/**
 * Orders texts as a reader of the language does.
 * @param {string} one
 * @param {string} other
 */
export function compare(one, other) {
  return one.localeCompare(other, language, { numeric: true, sensitivity: "base" });
}
