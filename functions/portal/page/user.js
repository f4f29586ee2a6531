// Who is signed in, as this page knows them.

import { getProfile } from "./service.js";

/** @type {Profile | null} */
let info = null;
/** @type {string | null} */
let etag = null;

/** @type {(info: Profile) => void} */
let hear = () => {};

/**
 * Says who hears of what is known of the user, each time anew.
 * @param {(info: Profile) => void} listen
 */
export function hearUser(listen) {
  hear = listen;
}

/** The user, once known. */
export const currentUser = () => info;

/** The version of what is known, for changes to it. */
export const currentEtag = () => etag;

/** @type {Promise<Profile> | null} */
let loading = null;

/** Asks the service; who asks meanwhile waits for the same answer. */
export function loadUser() {
  loading ??= getProfile().then(keepUser).finally(() => (loading = null));
  return loading;
}

/**
 * Keeps what an answer says of the user.
 * @param {{body: Profile, etag: string | null}} answer
 */
export function keepUser(answer) {
  info = answer.body;
  etag = answer.etag;
  hear(info);
  return info;
}
