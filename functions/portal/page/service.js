// What the service can be asked, one function for each operation, named as the contract names it.

import { ask, send } from "./api.js";

const ME = "/user/@current";

/** @param {BodyOf<"sign_in">} body @returns {Promise<AnswerOf<"sign_in">>} */
export const signIn = (body) => send({ method: "POST", path: "/session", body });

/** @param {BodyOf<"answer_challenge">} body @returns {Promise<AnswerOf<"answer_challenge">>} */
export const answerChallenge = (body) => send({ method: "POST", path: "/session/mfa", body });

/** @param {BodyOf<"accept_invitation">} body @returns {Promise<AnswerOf<"accept_invitation">>} */
export const acceptInvitation = (body) => send({ method: "POST", path: "/session/invitation", body });

/** @param {BodyOf<"request_password_reset">} body */
export const requestPasswordReset = (body) => send({ method: "POST", path: "/session/password-reset", body });

/** @returns {Promise<AnswerOf<"get_session">>} */
export const getSession = () => send({ method: "GET", path: "/session" });

/** Ends this session; there need not be one. */
export const signOut = () => send({ method: "DELETE", path: "/session" });

/** @param {BodyOf<"step_up">} body */
export const stepUp = (body) => ask({ method: "POST", path: "/session/step-up", body });

/** @param {string | null} cursor @returns {Promise<AnswerOf<"list_sessions">>} */
export const listSessions = (cursor) =>
  ask({ method: "GET", path: `${ME}/session${cursor ? `?${new URLSearchParams({ cursor })}` : ""}` });

/** @param {string} id */
export const endSession = (id) => ask({ method: "DELETE", path: `${ME}/session/${id}` });

/** Ends all sessions but this one. */
export const endOtherSessions = () => ask({ method: "DELETE", path: `${ME}/session` });

/** @returns {Promise<AnswerOf<"get_profile">>} */
export const getProfile = () => ask({ method: "GET", path: `${ME}/info` });

/** @param {BodyOf<"update_profile">} body @param {string | null} etag @returns {Promise<AnswerOf<"update_profile">>} */
export const updateProfile = (body, etag) =>
  ask({ method: "PATCH", path: `${ME}/info`, body, headers: ifMatch(etag) });

/** @param {string} token @returns {Promise<AnswerOf<"confirm_email">>} */
export const confirmEmail = (token) => ask({ method: "POST", path: `${ME}/email/confirm`, body: { token } });

/** Gives the new address up. */
export const cancelPendingEmail = () => ask({ method: "DELETE", path: `${ME}/email/pending` });

/** @returns {Promise<AnswerOf<"get_password">>} */
export const getPassword = () => ask({ method: "GET", path: `${ME}/password` });

/** @param {BodyOf<"change_password">} body */
export const changePassword = (body) => ask({ method: "PUT", path: `${ME}/password`, body });

/** @returns {Promise<AnswerOf<"get_mfa">>} */
export const getMfa = () => ask({ method: "GET", path: `${ME}/mfa` });

/** @returns {Promise<AnswerOf<"enrol_totp">>} */
export const enrolTotp = () => ask({ method: "POST", path: `${ME}/mfa/totp` });

/** @returns {Promise<AnswerOf<"reset_totp">>} */
export const resetTotp = () => ask({ method: "POST", path: `${ME}/mfa/totp/reset` });

/** @param {string} code @returns {Promise<AnswerOf<"confirm_totp">>} */
export const confirmTotp = (code) => ask({ method: "POST", path: `${ME}/mfa/totp/confirm`, body: { code } });

/** Turns MFA off. */
export const disableTotp = () => ask({ method: "DELETE", path: `${ME}/mfa/totp` });

/** @returns {Promise<AnswerOf<"replace_recovery_codes">>} */
export const replaceRecoveryCodes = () => ask({ method: "POST", path: `${ME}/mfa/recovery-codes` });

/** @param {string} state @param {string | null} cursor @returns {Promise<AnswerOf<"list_api_keys">>} */
export const listApiKeys = (state, cursor) =>
  ask({ method: "GET", path: `${ME}/api-key?${new URLSearchParams({ state, limit: "50", ...(cursor && { cursor }) })}` });

/** @param {string} name @returns {Promise<AnswerOf<"get_api_key">>} */
export const getApiKey = (name) => ask({ method: "GET", path: keyPath(name) });

/** @param {BodyOf<"create_api_key">} body @param {string} idempotencyKey @returns {Promise<AnswerOf<"create_api_key">>} */
export const createApiKey = (body, idempotencyKey) =>
  ask({ method: "POST", path: `${ME}/api-key`, body, headers: { "idempotency-key": idempotencyKey } });

/** @param {string} name @param {BodyOf<"rotate_api_key">} body @param {string | null} etag @returns {Promise<AnswerOf<"rotate_api_key">>} */
export const rotateApiKey = (name, body, etag) =>
  ask({ method: "POST", path: `${keyPath(name)}/rotate`, body, headers: ifMatch(etag) });

/** @param {string} name @param {string | null} etag */
export const deleteApiKey = (name, etag) => ask({ method: "DELETE", path: keyPath(name), headers: ifMatch(etag) });

/** @returns {Promise<AnswerOf<"list_authorization_scopes">>} */
export const listScopes = () => ask({ method: "GET", path: `${ME}/authorization-scopes` });

/** @param {string} name */
const keyPath = (name) => `${ME}/api-key/${encodeURIComponent(name)}`;

/** @param {string | null} etag @returns {Record<string, string>} */
const ifMatch = (etag) => (etag ? { "if-match": etag } : {});
