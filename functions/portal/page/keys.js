// API keys: found, sorted, paged; each with a menu of what can be done with it.

import { fill, focusHeading, h, icon, mayLead, setAttribute } from "./dom.js";
import { alertRegion, choice, describe, showAlert, uniqueId, workButton } from "./form.js";
import { openDeleteKey, openNewKey, openRotateKey } from "./key-dialogs.js";
import { KeyList } from "./key-list.js";
import { say, sayDay, sayDistance, sayMoment } from "./language.js";
import { menuButton } from "./menu.js";
import { ago, badge, load, redraw } from "./parts.js";

/** @typedef {import("./key-list.js").Column} Column */
/** @typedef {{list: KeyList, draw: () => void, refresh: () => Promise<void>}} Shown What is here is drawn anew, or fetched first. */

const DAY_MS = 86_400_000;
/** @type {Column[]} */
const COLUMNS = ["name", "expiration_date", "scopes", "last_used_at"];

/** Shows the view; `refresh` brings the list up to date and leaves search and order as they are, `draw` shows it as it is by now. */
export function keysView() {
  const list = new KeyList();
  const place = h("div", {});
  const label = h("label");
  const heard = h("p", { class: "unseen", role: "status" });
  const render = () => {
    fill(label, say("search_keys", `${list.keys.length}${list.next ? "+" : ""}`));
    fill(heard, list.isNarrowed() && !list.next && say("keys_found", list.found().length));
    return table(shown);
  };
  /** @type {Shown} */
  const shown = {
    list,
    draw: () => void (list.keys.length > 0 && redraw(place, render)),
    refresh: () => load(place, () => list.refresh(), render),
  };
  shown.refresh();
  const card = h("section", { class: "card", "aria-labelledby": "keys" },
    toolbar(shown, label), alertRegion(), heard, place);
  // In place of what failed stays why.
  const draw = () => place.querySelector("table") && shown.draw();
  return { content: [card], refresh: shown.refresh, draw };
}

/**
 * @param {Shown} shown
 * @param {HTMLLabelElement} label
 */
function toolbar(shown, label) {
  const search = h("input", { type: "search", id: uniqueId(), dir: "auto", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => find(search, shown));
  setAttribute(label, "for", search.id);
  const states = choice(say("show_keys"), "state", [["active", say("active")], ["expired", say("expired")], ["all", say("all")]]);
  states.addEventListener("change", (event) => {
    shown.list.turnTo(/** @type {HTMLSelectElement} */ (event.target).value);
    shown.refresh();
  });
  const create = workButton(say("new_key"), async () => {
    afterwards(openNewKey(), shown.refresh);
  }, { class: "primary" });
  create.prepend(icon("plus"));
  return h("div", { class: "toolbar" },
    h("h2", { id: "keys", class: "unseen" }, say("api_keys")),
    h("div", { class: "field search" }, label, h("div", { class: "with-icon" }, icon("search"), search)),
    states, create);
}

/**
 * Shows what is here at once, and the rest once it is.
 * @param {HTMLInputElement} search
 * @param {Shown} shown
 */
async function find(search, { list, draw }) {
  list.wanted = search.value;
  draw();
  const card = search.closest("section");
  card?.querySelector("[role=alert]")?.replaceChildren();
  try {
    await list.fetchRest();
    draw();
  } catch (problem) {
    if (card) showAlert(card, describe(problem));
  }
}

/** @param {Shown} shown */
function table(shown) {
  const { list, draw, refresh } = shown;
  if (list.keys.length === 0) return [empty(list)];
  const found = list.found();
  const more = list.next && workButton(say("more_keys"), async () => {
    const { length } = found;
    await list.fetchMore();
    draw();
    // The last page takes the button away.
    if (document.activeElement === document.body) rows()[length]?.querySelector("button")?.focus();
  });
  return [
    found.length === 0
      ? h("p", { class: "nothing" }, say("no_key_found"))
      : h("table", { role: "table", class: "keys" },
        h("caption", { class: "unseen" }, say("api_keys")),
        h("thead", { role: "rowgroup" }, head(shown)),
        h("tbody", { role: "rowgroup" }, ...found.map((key) => row(key, refresh)))),
    more && h("div", { class: "actions" }, more),
  ];
}

/** @param {KeyList} list */
function empty({ state }) {
  if (state === "expired") return h("p", { class: "nothing" }, say("no_expired_keys"));
  const isAll = state === "all";
  return h("div", { class: "nothing" }, icon("key"), h("p", {}, h("strong", {}, say(isAll ? "no_keys" : "no_active_keys"))),
    h("p", {}, say("no_keys_why")), !isAll && h("p", {}, say("where_expired_keys")));
}

/** @param {Shown} shown */
function head({ list, draw }) {
  const cells = COLUMNS.map((column) => {
    const isBy = list.by === column;
    const order = async () => {
      Object.assign(list, { by: column, isDescending: isBy && !list.isDescending });
      await list.fetchRest();
      draw();
    };
    const button = workButton(say(`column_${column}`), order, { class: "sort", id: `by-${column}` });
    const cell = h("th", { role: "columnheader", scope: "col" }, button);
    setAttribute(cell, "aria-sort", isBy ? (list.isDescending ? "descending" : "ascending") : null);
    return cell;
  });
  return h("tr", { role: "row" }, ...cells, h("th", { role: "columnheader", scope: "col" }, h("span", { class: "unseen" }, say("actions"))));
}

/**
 * @param {Key} key
 * @param {() => Promise<void>} refresh
 */
function row(key, refresh) {
  const used = key.last_used_at ? ago(key.last_used_at) : say("never");
  const isActive = !isOver(key);
  const entries = [
    ...(isActive ? [{ text: say("rotate"), act: () => afterwards(openRotateKey(key), refresh) }] : []),
    { text: say("delete"), act: () => afterwards(openDeleteKey(key), refresh), look: "danger-text" },
  ];
  return h("tr", { role: "row", class: isActive ? "" : "over" },
    h("th", { role: "rowheader", scope: "row" }, h("span", { class: "name" }, h("bdi", {}, key.name)), h("code", { class: "hint" }, `${key.hint.slice(0, 4)}…${key.hint.slice(-4)}`)),
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

/**
 * Whether it has expired, maybe since it was listed.
 * @param {Key} key
 */
function isOver({ status, expiration_date }) {
  return status === "expired" || Date.parse(expiration_date) <= Date.now();
}

/** @param {Key} key */
function expiryBadge(key) {
  if (isOver(key)) return badge("plain", say("expired"));
  const { expiration_date } = key;
  const days = (Date.parse(expiration_date) - Date.now()) / DAY_MS;
  if (days > 30) return null;
  return badge(days > 7 ? "warn" : "bad", () => say("expires", sayDistance(expiration_date)())());
}

/**
 * Brings the list up to date once a dialog is closed that may have changed it.
 * @param {import("./dialog.js").Dialog} dialog
 * @param {() => Promise<void>} refresh
 */
async function afterwards(dialog, refresh) {
  const name = await dialog.closed;
  if (name) await refreshAt(name, refresh);
  else if (dialog.mayHaveChanged()) await refresh();
}

const rows = () => [...document.querySelectorAll("table.keys tbody tr")];

/**
 * Brings the list up to date and puts the focus on the key's menu, where the key is shown.
 * @param {string} name
 * @param {() => Promise<void>} refresh
 */
async function refreshAt(name, refresh) {
  const { activeElement } = document;
  await refresh();
  if (!mayLead(activeElement)) return;
  const row = rows().find((row) => row.querySelector(".name")?.textContent === name);
  row?.scrollIntoView({ block: "nearest" });
  if (!row) focusHeading();
  else if (!row.contains(document.activeElement)) row.querySelector("button")?.focus();
}
