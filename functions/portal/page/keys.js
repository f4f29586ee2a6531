// API keys: found, sorted, paged; each with a menu of what can be done with it.

import { focusHeading } from "./dialog.js";
import { fill, h, icon, setAttribute } from "./dom.js";
import { alertRegion, choice, uniqueId, workButton } from "./form.js";
import { openDeleteKey, openNewKey, openRotateKey } from "./key-dialogs.js";
import { compare, say, sayDay, sayDistance, sayMoment } from "./language.js";
import { menuButton } from "./menu.js";
import { ago, badge, load } from "./parts.js";
import { listApiKeys } from "./service.js";

/** @typedef {"name" | "expiration_date" | "scopes" | "last_used_at"} Column */
/** @typedef {{keys: Key[], next: string | null, wanted: string, by: Column, isDescending: boolean, state: string,
 *   label: HTMLElement}} Shown */

const DAY_MS = 86_400_000;
/** @type {Column[]} */
const COLUMNS = ["name", "expiration_date", "scopes", "last_used_at"];

/** Shows the view; `refresh` brings the list up to date and leaves search and order as they are. */
export function keysView() {
  /** @type {Shown} */
  const shown = { keys: [], next: null, wanted: "", by: "name", isDescending: false, state: "active", label: h("label") };
  const place = h("div", {});
  const draw = () => fill(place, ...list(shown, draw, refresh));
  const fetchFirst = async () => {
    let asked;
    do {
      asked = shown.state;
      const { body } = await listApiKeys(asked, null);
      Object.assign(shown, { keys: body.items, next: body.next });
      // An answer that comes late must not replace what was asked for since.
    } while (asked !== shown.state);
  };
  const refresh = () => load(place, fetchFirst, () => list(shown, draw, refresh));
  refresh();
  const card = h("section", { class: "card", "aria-labelledby": "keys" },
    toolbar(shown, draw, refresh), alertRegion(), place);
  return { content: [card], refresh };
}

/**
 * @param {Shown} shown
 * @param {() => void} draw
 * @param {() => Promise<void>} refresh
 */
function toolbar(shown, draw, refresh) {
  const id = uniqueId();
  const search = h("input", { type: "search", id, autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", async () => {
    shown.wanted = search.value;
    await fetchRest(shown);
    draw();
  });
  setAttribute(shown.label, "for", id);
  const states = choice(say("show_keys"), "state", [["active", say("active")], ["expired", say("expired")], ["all", say("all")]]);
  states.addEventListener("change", (event) => {
    shown.state = /** @type {HTMLSelectElement} */ (event.target).value;
    refresh();
  });
  const create = workButton(say("new_key"), async () => {
    const { closed } = openNewKey();
    closed.then((made) => made ? refreshAt(made, refresh) : undefined);
  }, { class: "primary" });
  create.prepend(icon("plus"));
  return h("div", { class: "toolbar" },
    h("h2", { id: "keys", class: "unseen" }, say("api_keys")),
    h("div", { class: "field search" }, shown.label, h("div", { class: "with-icon" }, icon("search"), search)),
    states, create);
}

/**
 * Search and order are over all keys, so the pages that are not here yet are fetched.
 * @param {Shown} shown
 */
async function fetchRest(shown) {
  while (shown.next) await fetchMore(shown);
}

/** @param {Shown} shown */
async function fetchMore(shown) {
  const { body } = await listApiKeys(shown.state, shown.next);
  shown.keys = [...shown.keys, ...body.items];
  shown.next = body.next;
}

/**
 * @param {Shown} shown
 * @param {() => void} draw
 * @param {() => Promise<void>} refresh
 */
function list(shown, draw, refresh) {
  fill(shown.label, say("search_keys", `${shown.keys.length}${shown.next ? "+" : ""}`));
  if (shown.keys.length === 0) return [empty(shown)];
  const found = ordered(shown);
  if (found.length === 0) return [h("p", { class: "nothing", role: "status" }, say("no_key_found"))];
  const more = shown.next && workButton(say("more_keys"), async () => {
    await fetchMore(shown);
    draw();
  });
  return [
    h("table", { role: "table", class: "keys" },
      h("caption", { class: "unseen" }, say("api_keys")),
      h("thead", { role: "rowgroup" }, head(shown, draw)),
      h("tbody", { role: "rowgroup" }, ...found.map((key) => row(key, refresh)))),
    more && h("div", { class: "actions" }, more),
  ];
}

/** @param {Shown} shown */
function empty({ state }) {
  if (state === "expired") return h("p", { class: "nothing" }, say("no_expired_keys"));
  return h("div", { class: "nothing" }, icon("key"), h("p", {}, h("strong", {}, say("no_keys"))), h("p", {}, say("no_keys_why")));
}

/** @param {Shown} shown */
function ordered({ keys, wanted, by, isDescending }) {
  const found = keys.filter((key) => fold(`${key.name} ${key.scopes.join(" ")} ${key.hint}`).includes(fold(wanted.trim())));
  const text = (/** @type {Key} */ key) => (by === "scopes" ? key.scopes.join(" ") : (key[by] ?? ""));
  found.sort((one, other) => compare(text(one), text(other)) || compare(one.name, other.name));
  return isDescending ? found.reverse() : found;
}

/** @param {string} text */
const fold = (text) => text.normalize("NFKC").toLowerCase();

/**
 * @param {Shown} shown
 * @param {() => void} draw
 */
function head(shown, draw) {
  const cells = COLUMNS.map((column) => {
    const isBy = shown.by === column;
    const order = async () => {
      Object.assign(shown, { by: column, isDescending: isBy && !shown.isDescending });
      await fetchRest(shown);
      draw();
      document.getElementById(`by-${column}`)?.focus();
    };
    const button = workButton(say(`column_${column}`), order, { class: "sort", id: `by-${column}` });
    const cell = h("th", { role: "columnheader", scope: "col" }, button);
    setAttribute(cell, "aria-sort", isBy ? (shown.isDescending ? "descending" : "ascending") : null);
    return cell;
  });
  return h("tr", { role: "row" }, ...cells, h("th", { role: "columnheader", scope: "col" }, h("span", { class: "unseen" }, say("actions"))));
}

/**
 * @param {Key} key
 * @param {() => Promise<void>} refresh
 */
function row(key, refresh) {
  const afterwards = (/** @type {typeof openRotateKey} */ open) => () => {
    open(key).closed.then((result) => result ? refreshAt(key.name, refresh) : undefined);
  };
  const used = key.last_used_at ? ago(key.last_used_at) : say("never");
  const isActive = key.status === "active";
  const entries = [
    ...(isActive ? [{ text: say("rotate"), act: afterwards(openRotateKey) }] : []),
    { text: say("delete"), act: afterwards(openDeleteKey), look: "danger-text" },
  ];
  return h("tr", { role: "row", class: isActive ? "" : "over" },
    h("th", { role: "rowheader", scope: "row" }, h("span", { class: "name" }, key.name), h("code", { class: "hint" }, `${key.hint.slice(0, 4)}…${key.hint.slice(-4)}`)),
    cell("expiration_date", h("time", { datetime: key.expiration_date, title: sayMoment(key.expiration_date) }, sayDay(key.expiration_date)), expiryBadge(key)),
    cell("scopes", h("ul", { class: "chips" }, ...key.scopes.map((scope) => h("li", {}, scope)))),
    cell("last_used_at", used),
    h("td", { role: "cell", class: "end" }, menuButton(say("actions_for", key.name), entries)));
}

/**
 * @param {Column} column
 * @param {...import("./dom.js").Child} content
 */
function cell(column, ...content) {
  return h("td", { role: "cell", "data-label": say(`column_${column}`) }, h("div", {}, ...content));
}

/** @param {Key} key */
function expiryBadge({ status, expiration_date }) {
  if (status === "expired") return badge("plain", say("expired"));
  const days = (Date.parse(expiration_date) - Date.now()) / DAY_MS;
  if (days > 30) return null;
  return badge(days > 7 ? "warn" : "bad", () => say("expires", sayDistance(expiration_date)())());
}

/**
 * Brings the list up to date and puts the focus on the key's menu, where the key is shown.
 * @param {string} name
 * @param {() => Promise<void>} refresh
 */
async function refreshAt(name, refresh) {
  await refresh();
  const rows = [...document.querySelectorAll("table.keys tbody tr")];
  const row = rows.find((row) => row.querySelector(".name")?.textContent === name);
  row?.scrollIntoView({ block: "nearest" });
  if (row) row.querySelector("button")?.focus();
  else focusHeading();
}
