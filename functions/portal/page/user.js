// Who is signed in, as this page knows them.

import { getProfile } from "./service.js";

/** @type {Profile | null} */
let info = null;
/** @type {string | null} */
let etag = null;

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
  return info;
}
