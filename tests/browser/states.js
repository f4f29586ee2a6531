// The main states of the page, each with the way to it: for the checks of how it looks, and for pictures.

import { see, signInQuietly } from "./person.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {{name: string, user?: "jane" | "sam" | "full", place?: string, go: (page: Page) => Promise<unknown>}} State */

const DAY_MS = 86_400_000;

/** @param {number} days */
const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

const KEYS = [
  { name: "Nightly demand forecast", scopes: ["Tasks", "Session"], expiration_date: inDays(200) },
  { name: "CI: publish apps", scopes: ["PublishApp", "PublishAimms"], expiration_date: inDays(22) },
  { name: "Power BI export", scopes: ["Tasks"], expiration_date: inDays(4) },
  { name: "User provisioning", scopes: ["Authentication", "User", "Account"], expiration_date: inDays(320) },
  { name: "Key rotation job", scopes: ["APIKey"], expiration_date: inDays(90) },
];

/**
 * Makes a user who has everything; answers their name.
 * @param {Stack} stack
 */
export async function makeFullUser(stack) {
  const user_name = await stack.makeUser({ full_name: "Jane", email: "jane@example.com", groups: ["App Publisher"] });
  const values = await stack.makeKeys(user_name, KEYS);
  for (const key of values.slice(0, 2)) await stack.call("GET", "/user/@current/authorization", { key });
  const cookie = await stack.signIn(user_name);
  await stack.call("PATCH", "/user/@current/info", { body: { email: "jane.new@example.com" }, cookie });
  // The sessions of the scripts that made all this.
  await stack.call("DELETE", "/user/@current/session", { cookie });
  await stack.call("DELETE", "/session", { cookie });
  await stack.signInElsewhere(user_name);
  return user_name;
}

/** @type {State[]} */
export const STATES = [
  { name: "sign-in", go: (page) => page.getByLabel("User name").waitFor() },
  { name: "sign-in-refused", go: async (page) => {
    await page.getByLabel("User name").fill("jane");
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("That is not right.").waitFor();
  } },
  { name: "forgotten", go: (page) => page.getByRole("button", { name: "Forgot your password?" }).click() },
  { name: "set-password", place: "#invitation=token", go: (page) => page.getByLabel("New password").fill("a short one") },
  { name: "profile-empty", user: "jane", go: (page) => see(page, "Set your full name") },
  { name: "profile", user: "full", go: (page) => see(page, "waits for you") },
  { name: "profile-edit", user: "full", go: async (page) => {
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("no address");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Type an e-mail address");
  } },
  { name: "security", user: "full", place: "#security", go: (page) => see(page, "This one") },
  { name: "security-sso", user: "sam", place: "#security", go: (page) => see(page, "Your organisation signs you in") },
  { name: "change-password", user: "full", place: "#password", go: (page) => page.getByLabel("New password").fill("half of it, and jane") },
  { name: "enrolment", user: "full", place: "#security", go: async (page) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByRole("img", { name: "QR code" }).waitFor();
  } },
  { name: "keys-none", user: "jane", place: "#api-keys", go: (page) => see(page, "No active API keys") },
  { name: "keys", user: "full", place: "#api-keys", go: (page) => see(page, "Power BI export") },
  { name: "keys-menu", user: "full", place: "#api-keys", go: (page) => page.getByRole("button", { name: "Actions for CI: publish apps" }).click() },
  { name: "new-key", user: "full", place: "#api-keys", go: async (page) => {
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).check();
    await page.getByLabel("Key name").fill("Weekly planning");
  } },
  { name: "new-key-refused", user: "full", place: "#api-keys", go: async (page) => {
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).waitFor();
    await page.getByLabel("Key name").fill("50%");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "Use 1 to 64 characters");
  } },
  { name: "delete-key", user: "full", place: "#api-keys", go: async (page) => {
    await page.getByRole("button", { name: "Actions for CI: publish apps" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete key" }).waitFor();
  } },
  { name: "rotate-key", user: "full", place: "#api-keys", go: async (page) => {
    await page.getByRole("button", { name: "Actions for CI: publish apps" }).click();
    await page.getByRole("menuitem", { name: "Rotate" }).click();
    await page.getByLabel("The old value stops working").waitFor();
  } },
];

/**
 * Goes to a state.
 * @param {Page} page
 * @param {State} state
 * @param {string} fullUser
 */
export async function goTo(page, { user, place = "", go }, fullUser) {
  if (user) await signInAs(page, user === "full" ? fullUser : user, place);
  else await page.goto(`/settings${place}`);
  await go(page);
}

/**
 * @param {Page} page
 * @param {string} user
 * @param {string} place
 */
export async function signInAs(page, user, place) {
  await signInQuietly(page, user);
  await page.goto(`/settings${place}`);
}

/** States that are the last of their kind: what they show is seen once. */
export const ONCE = {
  /** @param {Page} page */
  async keyValue(page) {
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByLabel("Key name").fill("Monthly invoice run");
    await page.getByRole("checkbox", { name: "Tasks" }).check();
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "You won't see it again.");
  },
  /** @param {Page} page @param {Stack} stack */
  async recoveryCodes(page, stack) {
    await page.getByRole("button", { name: "Turn on" }).click();
    const secret = (await page.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.getByLabel("Code of your authenticator app").fill(stack.code(secret));
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "You see them only now");
    return secret;
  },
};
