// The one place that talks to the service: sends a request, and mends what can be mended before it goes on.

const ROOT = "/pro/user-manager/v1";
const PATIENCE_MS = 30_000;
/** What a step-up in another tab may take before the page says that it waits. */
const MOMENT_MS = 400;

/** @typedef {{method: string, path: string, body?: object, headers?: Record<string, string>}} Request */
/** @typedef {{status: number, body: any, etag: string | null}} Answer */

/** Why a request was not done, as the service says it (RFC 9457), or `unreachable`, or `cancelled` by the person. */
export class Problem extends Error {
  /**
   * @param {string} slug
   * @param {{detail?: string, errors?: {pointer: string, detail: string}[], reasons?: string[], limit?: number}} [told]
   * @param {number} [retryAfterSeconds]
   */
  constructor(slug, told = {}, retryAfterSeconds = 0) {
    super(told.detail ?? slug);
    this.slug = slug;
    this.errors = told.errors ?? [];
    this.reasons = told.reasons ?? [];
    this.limit = told.limit ?? 0;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a person can do so that a request goes on; the page says how it asks. */
const asks = {
  /** Signs in again; ends when it is done. @type {() => Promise<void>} */
  signIn: async () => {},
  /** Sets up the second factor that the account wants. @type {() => Promise<void>} */
  enrol: async () => {},
  /** Proves all factors again; false when given up. @type {() => Promise<boolean>} */
  stepUp: async () => false,
  /** Says that another tab is asking, and takes that back when told to. @type {(giveUp: () => void) => () => void} */
  waitForOtherTab: () => () => {},
};

/**
 * Says how a person is asked.
 * @param {typeof asks} how
 */
export function askWith(how) {
  Object.assign(asks, how);
}

/**
 * Sends a request that needs no session.
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
export async function send({ method, path, body, headers }) {
  /** @type {Response} */
  let response;
  let text;
  try {
    response = await fetch(ROOT + path, {
      method,
      headers: body ? { "content-type": "application/json", ...headers } : headers,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await response.text();
  } catch {
    throw new Problem("unreachable");
  }
  if (!response.ok) throw toProblem(response, text);
  return { status: response.status, body: text ? JSON.parse(text) : null, etag: response.headers.get("etag") };
}

/**
 * What the gateway answers by itself is no problem document; its status says enough.
 * @param {Response} response
 * @param {string} text
 */
function toProblem(response, text) {
  const retryAfter = Number(response.headers.get("retry-after")) || 0;
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) {
    return new Problem(response.status < 500 ? "too-many-attempts" : "unavailable", {}, retryAfter);
  }
  const told = JSON.parse(text);
  return new Problem(String(told.type).replace("/problems/", ""), told, retryAfter);
}

/**
 * Sends a request of the signed-in user, and repeats it after what was lacking.
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
export async function ask(request) {
  try {
    return await sendSignedIn(request);
  } catch (problem) {
    if (!is(problem, "step-up-required")) throw problem;
    return sendFresh(request);
  }
}

/**
 * @param {Request} request
 * @param {boolean} [isRepeated]
 * @returns {Promise<Answer>}
 */
async function sendSignedIn(request, isRepeated = false) {
  try {
    return await send(request);
  } catch (problem) {
    if (is(problem, "session-expired", "unauthenticated")) {
      // Another tab may have stepped up or signed in since: the cookie in the jar is not the one that was sent.
      if (isRepeated || !(await isSessionAlive())) await once("signIn");
    } else if (is(problem, "mfa-enrolment-required")) {
      await once("enrol");
    } else {
      throw problem;
    }
    return sendSignedIn(request, !isRepeated);
  }
}

/** Makes sure that somebody is signed in. */
export async function meetSession() {
  if (!(await isSessionAlive())) await once("signIn");
}

async function isSessionAlive() {
  try {
    await send({ method: "GET", path: "/session" });
    return true;
  } catch (problem) {
    if (is(problem, "session-expired", "unauthenticated")) return false;
    throw problem;
  }
}

/** @type {Partial<Record<"signIn" | "enrol", Promise<void>>>} */
const asking = {};

/**
 * Requests that lack the same at the same time wait for one question.
 * @param {"signIn" | "enrol"} what
 */
function once(what) {
  asking[what] ??= asks[what]().finally(() => delete asking[what]);
  return asking[what];
}

/**
 * One tab asks for the proof; the others wait and find that it was given.
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
async function sendFresh(request) {
  const { signal, stop } = patience();
  try {
    return await navigator.locks.request("step-up", { signal }, () => {
      stop();
      return sendProved(request);
    });
  } catch (problem) {
    throw signal.aborted ? new Problem("cancelled") : problem;
  }
}

/** Says after a moment that another tab asks; the wait for it ends when the person gives it up. */
function patience() {
  const waiting = new AbortController();
  let hush = () => {};
  const moment = setTimeout(() => (hush = asks.waitForOtherTab(() => waiting.abort())), MOMENT_MS);
  const stop = () => {
    clearTimeout(moment);
    hush();
  };
  return { signal: waiting.signal, stop };
}

/**
 * Asks until the proof is there: whoever signs in elsewhere may say so before it is true.
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
async function sendProved(request) {
  for (;;) {
    try {
      return await sendSignedIn(request);
    } catch (problem) {
      if (!is(problem, "step-up-required")) throw problem;
    }
    if (!(await asks.stepUp())) throw new Problem("cancelled");
  }
}

/**
 * What a person may ask for again. Once an answer got lost, a refusal by `slug` may mean that it was done then, and
 * `settle` finds out, told what was given then and what now.
 * @template {unknown[]} Given
 * @template Result
 * @param {(...given: Given) => Promise<Result>} act
 * @param {string} slug
 * @param {(problem: Problem, lost: Given, given: Given) => Promise<Result>} settle
 * @returns {(...given: Given) => Promise<Result>}
 */
export function repeatable(act, slug, settle) {
  /** @type {Given | null} */
  let lost = null;
  return async (...given) => {
    try {
      return await act(...given);
    } catch (problem) {
      if (lost && is(problem, slug)) return settle(problem, lost, given);
      if (is(problem, "unreachable", "unavailable", "internal")) lost = given;
      throw problem;
    }
  };
}

/**
 * Whether `problem` is one of these.
 * @param {unknown} problem
 * @param {...string} slugs
 * @returns {problem is Problem}
 */
export function is(problem, ...slugs) {
  return problem instanceof Problem && slugs.includes(problem.slug);
}
