// A person at the page: a browser of their own, and nothing that goes wrong in it unnoticed.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { PASSWORD, Stack } from "./stack.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} Browsing */
/** @typedef {Page & {faults: string[]}} WatchedPage */

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const WAIT_MS = 8_000;
/** What browsers write of every refused call; which calls may be refused is each test's to say. */
const OF_NETWORK = /^Failed to load resource: (the server responded with a status of|net::ERR_(FAILED|INTERNET_DISCONNECTED))/;

/** Starts a browser: as root, as in containers, it can't have its own sandbox. */
export function launch() {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: EXECUTABLE, args });
}

/**
 * A stack and a browser for the tests of one file.
 * @param {(stack: Stack) => Promise<unknown>} [prepare]
 */
export function house(prepare) {
  /** @type {Stack} */
  let stack;
  /** @type {import("playwright-core").Browser} */
  let browser;
  before(async () => {
    [stack, browser] = await Promise.all([Stack.start(), launch()]);
    await prepare?.(stack);
  });
  after(() => Promise.all([browser?.close(), stack?.stop()]));
  return {
    get stack() {
      return stack;
    },
    /**
     * A browser with nothing in it.
     * @param {import("playwright-core").BrowserContextOptions} [options]
     */
    async browsing(options) {
      const browsing = await browser.newContext({ baseURL: stack.url, viewport: { width: 1280, height: 860 }, ...options });
      browsing.setDefaultTimeout(WAIT_MS);
      return browsing;
    },
    /**
     * What a person does in a browser of their own; fails on anything the browser complains of.
     * @param {(page: WatchedPage, browsing: Browsing) => Promise<void>} act
     * @param {import("playwright-core").BrowserContextOptions} [options]
     */
    async visit(act, options) {
      const browsing = await this.browsing(options);
      const page = await openTab(browsing);
      await act(page, browsing);
      const faults = browsing.pages().flatMap((page) => /** @type {WatchedPage} */ (page).faults ?? []);
      await browsing.close();
      assert.deepEqual(faults, []);
    },
    /**
     * The same, signed in.
     * @param {string} user_name
     * @param {string} place
     * @param {(page: WatchedPage, browsing: Browsing) => Promise<void>} act
     * @param {import("playwright-core").BrowserContextOptions} [options]
     */
    async visitAs(user_name, place, act, options) {
      await this.visit(async (page, browsing) => {
        await signInQuietly(page, user_name);
        await page.goto(`/settings${place}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await act(page, browsing);
      }, options);
    },
  };
}

/**
 * A tab whose complaints are collected: of scripts, of the console, and so of the content security policy.
 * @param {Browsing} browsing
 */
export async function openTab(browsing) {
  const page = /** @type {WatchedPage} */ (await browsing.newPage());
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !OF_NETWORK.test(message.text())) page.faults.push(message.text());
  });
  return page;
}

/**
 * Gets a session without the form.
 * @param {Page} page
 * @param {string} user_name The demo user of a provider, or one who is said to be one with `by`, signs in there.
 * @param {"password" | "provider"} [by]
 */
export async function signInQuietly(page, user_name, by = user_name === "sam" ? "provider" : "password") {
  await page.goto("/robots.txt");
  const call = by === "provider" ? { path: "/_local/sso", body: { user_name } } : { path: "/pro/user-manager/v1/session", body: { user_name, password: PASSWORD } };
  const status = await page.evaluate(async ({ path, body }) => {
    const headers = { "content-type": "application/json" };
    return (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).status;
  }, call);
  assert.equal(status, 201);
}

/**
 * Types into the sign-in form and sends it.
 * @param {Page} page
 * @param {string} user_name
 */
export async function signIn(page, user_name, password = PASSWORD) {
  await page.getByLabel("User name").fill(user_name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/**
 * Answers a step-up dialog.
 * @param {Page} page
 */
export async function stepUp(page, password = PASSWORD) {
  const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.waitFor({ state: "detached" });
}

/**
 * Waits for a text that is shown.
 * @param {Page | import("playwright-core").Locator} place
 * @param {string | RegExp} text
 */
export async function see(place, text) {
  await place.getByText(text).filter({ visible: true }).first().waitFor();
}

/**
 * What has the focus, by the words it is known by.
 * @param {Page} page
 */
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels?.[0]?.textContent : null;
    return (element?.getAttribute("aria-label") ?? label ?? element?.textContent ?? "").trim();
  });
}

/**
 * Waits until something with these words has the focus.
 * @param {Page} page
 * @param {string} words
 */
export async function seeFocus(page, words) {
  const deadline = Date.now() + WAIT_MS;
  let found = await focused(page);
  while (found !== words && Date.now() < deadline) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 20)));
    found = await focused(page);
  }
  assert.equal(found, words);
}

/**
 * Moves by Tab to something, as a person without a mouse does, who waits for what opens.
 * @param {Page} page
 * @param {string} words
 */
export async function tabTo(page, words) {
  const deadline = Date.now() + WAIT_MS;
  for (let presses = 0; presses < 60 || Date.now() < deadline; presses += 1) {
    if ((await focused(page)) === words) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${words}`);
}

/** The rules of WCAG 2.2, A and AA, by how axe names their levels. */
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Holds what is shown to WCAG 2.2, A and AA, in light and in dark.
 * @param {Page} page
 * @param {string} what
 */
export async function checkAccessibility(page, what) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(() => document.getAnimations().forEach((one) => one.effect?.getTiming().iterations !== Infinity && one.finish()));
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
    const violations = await page.evaluate(async (runOnly) => {
      // @ts-expect-error axe is there by now
      const results = await window.axe.run(document, { runOnly, resultTypes: ["violations"] });
      return results.violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => `${node.html} ${node.failureSummary}`).join("\n")}`);
    }, LEVELS);
    assert.deepEqual(violations, [], `${what}, ${colorScheme}`);
  }
}

/**
 * What was copied, found by pasting it elsewhere: the page itself may not read the clipboard.
 * @param {Page} page
 */
export async function clipboard(page) {
  const paper = await page.context().newPage();
  await paper.setContent("<textarea autofocus></textarea>");
  await paper.getByRole("textbox").focus();
  await paper.keyboard.press("Control+V");
  const text = await paper.getByRole("textbox").inputValue();
  await paper.close();
  return text;
}

/**
 * Fills the dialog for a new key.
 * @param {Page} page
 * @param {string} name
 */
export async function fillKey(page, name) {
  await page.getByRole("button", { name: "New API key" }).click();
  await page.getByLabel("Key name").fill(name);
  await page.getByRole("checkbox", { name: "Tasks" }).check();
}

/** A promise and what fulfils it. */
export function defer() {
  /** @type {() => void} */
  let resolve = () => {};
  const promise = /** @type {Promise<void>} */ (new Promise((fulfil) => (resolve = fulfil)));
  return { promise, resolve };
}
