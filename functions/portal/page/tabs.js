// The tabs of this page on one browser: what happens in one is told to the others.

import { recall, remember } from "./memory.js";

/** @typedef {"signed-in" | "signed-out" | "info" | "keys" | "security"} News */

const MARK = "signed_in";
const channel = openChannel();

/** None in a browser that keeps nothing of this site. */
function openChannel() {
  try {
    return new BroadcastChannel("user-settings");
  } catch {
    return null;
  }
}

/**
 * Tells the other tabs.
 * @param {News} news
 */
export function tell(news) {
  channel?.postMessage(news);
}

/**
 * Hears what other tabs tell.
 * @param {(news: News) => void} listen
 */
export function hear(listen) {
  channel?.addEventListener("message", (event) => listen(event.data));
}

/** Whether this browser was signed in when it was last here; only a hint of what to ask for first. */
export function wasSignedIn() {
  return recall(MARK) !== null;
}

/** @param {boolean} isSignedIn */
export function markSignedIn(isSignedIn) {
  remember(MARK, isSignedIn ? "1" : null);
}
