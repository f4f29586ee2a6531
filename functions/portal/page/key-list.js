// The keys of the user as far as they are here: fetched page by page, searched and sorted over all of them.

import { compare } from "./language.js";
import { listApiKeys } from "./service.js";

/** @typedef {"name" | "expiration_date" | "scopes" | "last_used_at"} Column */

/** What is wanted of a user's keys, and what came of it. */
export class KeyList {
  /** @type {Key[]} */
  keys = [];
  /** @type {string | null} */
  next = null;
  state = "active";
  hasTurned = false;
  wanted = "";
  /** @type {Column} */
  by = "name";
  isDescending = false;
  /** How often it was begun anew: what was asked for before that comes too late. */
  #turn = 0;
  /** @type {Promise<void> | null} */
  #fetching = null;

  /**
   * Begins with those in another state.
   * @param {string} state
   */
  turnTo(state) {
    Object.assign(this, { state, keys: [], next: null, hasTurned: true });
  }

  /** Whether it was chosen what is shown. */
  isNarrowed() {
    return this.wanted !== "" || this.hasTurned;
  }

  /** Fetches them anew, as many as are here or are needed. */
  async refresh() {
    this.#turn += 1;
    const turn = this.#turn;
    const { state, keys: { length } } = this;
    let { items, next } = (await listApiKeys(state, null)).body;
    while (next && items.length < length) {
      const { body } = await listApiKeys(state, next);
      items = [...items, ...body.items];
      next = body.next;
    }
    if (turn === this.#turn) Object.assign(this, { keys: items, next });
    await this.fetchRest();
  }

  /** Search and order are about all keys, but for the order in which the service lists them. */
  isAboutAll() {
    return this.wanted !== "" || this.by !== "name" || this.isDescending;
  }

  /** Fetches the next page; who asks meanwhile waits for the same. */
  fetchMore() {
    this.#fetching ??= this.#append().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  /** Fetches what search and order need. */
  async fetchRest() {
    while (this.next && this.isAboutAll()) await this.fetchMore();
  }

  async #append() {
    const turn = this.#turn;
    const { body } = await listApiKeys(this.state, this.next);
    if (turn !== this.#turn) return;
    this.keys = [...this.keys, ...body.items];
    this.next = body.next;
  }

  /** Those that are searched for, in order. */
  found() {
    const found = this.keys.filter((key) => fold(`${key.name} ${key.scopes.join(" ")} ${key.hint}`).includes(fold(this.wanted.trim())));
    const { by } = this;
    const text = (/** @type {Key} */ key) => (by === "scopes" ? key.scopes.join(" ") : (key[by] ?? ""));
    found.sort((one, other) => compare(text(one), text(other)) || compare(one.name, other.name));
    return this.isDescending ? found.reverse() : found;
  }
}

/** @param {string} text */
const fold = (text) => text.normalize("NFKC").toLowerCase();
