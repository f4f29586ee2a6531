// Answers that get lost, and what is out of date by the time somebody acts on it: what the page says stays true.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defer, fillKey, house, openTab, see, seeFocus, signIn } from "../person.js";
import { OTHER_PASSWORD, PASSWORD } from "../stack.js";

/** @typedef {import("playwright-core").Page} Page */

const DAY_SECONDS = 86_400;
const at = house();

/**
 * The next answer to a call of this address gets lost: the service has done what it was asked.
 * @param {Page} page
 * @param {string} address
 * @param {string} method
 */
const loseAnswer = (page, address, method) =>
  page.route(address, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    await route.fetch();
    await route.abort();
    return page.unroute(address);
  });

/**
 * What the dialog shows of a new authenticator.
 * @param {Page} page
 */
async function shownSecret(page) {
  return (await page.getByRole("dialog").locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
}

/**
 * Types a code and confirms it.
 * @param {Page} page
 * @param {string} code
 */
async function confirmCode(page, code) {
  await page.getByRole("dialog").getByLabel("Code of your authenticator app").fill(code);
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
}

/**
 * Sets the second factor up; answers its recovery codes.
 * @param {Page} page
 */
async function turnOn(page) {
  await page.getByRole("button", { name: "Turn on" }).click();
  await confirmCode(page, at.stack.code(await shownSecret(page)));
  await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
  const codes = await page.getByRole("dialog").locator(".codes code").allTextContents();
  await page.getByLabel("I have saved them").check();
  await page.getByRole("button", { name: "Done" }).click();
  await see(page, "10 are left.");
  return codes;
}

test("who lost the answer that their authenticator was replaced is not told that it was not", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await turnOn(page);
    await page.getByRole("button", { name: "Replace app" }).click();
    const code = at.stack.code(await shownSecret(page));
    await loseAnswer(page, "**/totp/confirm", "POST");
    await confirmCode(page, code);
    await see(page.getByRole("dialog"), "The service can't be reached.");
    await confirmCode(page, code);
    await see(page.getByRole("dialog"), "The new app may be in force already.");
  });
});

test("recovery codes that were saved in another tab stay in force", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page, browsing) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    await shownSecret(page);
    const other = await openTab(browsing);
    await other.goto("/settings#security");
    const [code = ""] = await turnOn(other);
    await confirmCode(page, "000000");
    await see(page.getByRole("dialog"), "This took too long. Start again.");
    await at.stack.spendCodes(user, [code]);
  });
});

test("a password that was changed though the answer got lost is not called wrong", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await loseAnswer(page, "**/password", "PUT");
    const confirm = page.getByRole("dialog").getByRole("button", { name: "Change password" });
    await confirm.click();
    await see(page.getByRole("dialog"), "The service can't be reached.");
    await page.getByLabel("New password").fill(`${OTHER_PASSWORD}, or another`);
    await confirm.click();
    await see(page.getByRole("dialog"), "This is not your password.");
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await confirm.click();
    await see(page.getByRole("status"), "Your password is changed");
    await at.stack.signIn(user, OTHER_PASSWORD);
  });
});

test("a first password that was set though the answer got lost is tried", () =>
  at.visit(async (page) => {
    const { user_name, invitation } = await at.stack.invite();
    await page.goto(`/settings#invitation=${invitation.token}`);
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await loseAnswer(page, "**/session/invitation", "POST");
    await page.getByRole("button", { name: "Set your password" }).click();
    await see(page.getByRole("alert"), "The service can't be reached.");
    await page.getByRole("button", { name: "Set your password" }).click();
    await see(page, "Your password may be set already");
    await signIn(page, user_name, OTHER_PASSWORD);
    await page.getByRole("heading", { name: "Profile" }).waitFor();
    await seeFocus(page, "Profile");
  }));

test("what was chosen for a rotation stays chosen, and it is told what becomes of an older value", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "deploy" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    const dialog = page.getByRole("dialog", { name: "Rotate deploy?" });
    await page.getByRole("button", { name: "Actions for deploy" }).click();
    await page.getByRole("menuitem", { name: "Rotate" }).click();
    await dialog.getByLabel("The old value stops working").selectOption("After 1 week");
    await dialog.getByLabel("Expiry date").selectOption("Choose another date");
    await dialog.getByRole("button", { name: "180 days" }).click();
    const date = await dialog.getByLabel("New expiry date").inputValue();
    await loseAnswer(page, "**/rotate", "POST");
    await dialog.getByRole("button", { name: "Rotate" }).click();
    await see(dialog, "The service can't be reached.");
    await dialog.getByRole("button", { name: "Rotate" }).click();
    await see(dialog.getByRole("alert"), "rotated by your first try");
    await see(dialog, "It was last rotated just now.");
    await dialog.locator("button[aria-busy]").waitFor({ state: "detached" });
    assert.equal(await dialog.getAttribute("closedby"), null);
    assert.equal(await dialog.getByLabel("The old value stops working").inputValue(), String(7 * DAY_SECONDS));
    assert.equal(await dialog.getByLabel("New expiry date").inputValue(), date);
    await dialog.getByRole("button", { name: "Rotate" }).click();
    await see(page, "You won't see it again.");
  });
});

test("a key that took the name of one that is listed is not deleted unseen", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "deploy", expiration_date: new Date().toISOString().slice(0, 10) }]);
  await at.stack.advance(DAY_SECONDS);
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Keys that expired lately are under “Expired”.");
    await page.getByLabel("Show", { exact: true }).selectOption("Expired");
    await page.getByRole("row", { name: "deploy" }).waitFor();
    await at.stack.makeKeys(user, [{ name: "deploy" }]);
    await page.route("**/api-key/deploy", (route) => route.abort(), { times: 1 });
    await page.getByRole("button", { name: "Actions for deploy" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Try again" }).press("Enter");
    await see(page.getByRole("dialog").getByRole("alert"), "This was changed elsewhere meanwhile.");
    await seeFocus(page, "Delete deploy?");
  });
});

test("a key that expires while it is listed is shown as such", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "deploy" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("row", { name: "deploy" }).waitFor();
    await page.evaluate((milliseconds) => {
      const { now } = Date;
      Date.now = () => now() + milliseconds;
      document.dispatchEvent(new Event("visibilitychange"));
    }, 200 * DAY_SECONDS * 1000);
    await see(page.getByRole("row", { name: "deploy" }), "Expired");
    await page.getByRole("button", { name: "Actions for deploy" }).click();
    assert.deepEqual(await page.getByRole("menuitem").allTextContents(), ["Delete"]);
  });
});

test("a save that fails is told to who went on", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    const { promise: left, resolve: leave } = defer();
    await page.route("**/info", async (route) => {
      if (route.request().method() !== "PATCH") return route.fallback();
      await left;
      return route.abort();
    });
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Jane Doe");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "API keys" }).click();
    await page.getByRole("heading", { name: "API keys", level: 1 }).waitFor();
    leave();
    await see(page.getByRole("status"), "The service can't be reached.");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await seeFocus(page, "API keys");
  });
});

test("what another tab of this browser saved is not overwritten unseen", async () => {
  const user = await at.stack.makeUser({ full_name: "Before" });
  await at.visitAs(user, "", async (page, browsing) => {
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Mine");
    const other = await openTab(browsing);
    await other.goto("/settings");
    await other.getByRole("button", { name: "Edit full name" }).click();
    await other.getByLabel("Full name").fill("Theirs");
    await other.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("banner"), "Theirs");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("alert"), "It is now: Theirs");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("status"), "Saved.");
    await see(page.getByRole("banner"), "Mine");
  });
});

test("no mail is promised where none is sent", async () => {
  const user = await at.stack.makeUser();
  const address = `${user}@example.com`;
  const cookie = await at.stack.signIn(user);
  await at.stack.call("PATCH", "/user/@current/info", { body: { email: address }, cookie });
  const token = (await at.stack.mailedLink(address)).split("#email=")[1];
  await at.stack.call("POST", "/user/@current/email/confirm", { body: { token }, cookie });
  await at.stack.call("PATCH", "/user/@current/info", { body: { email: `new-${address}` }, cookie });
  await at.visitAs(user, "", async (page) => {
    await see(page, `new-${address} waits for you`);
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("status"), "Saved.");
  });
});

test("a value that is shown this once outlives a sign-out elsewhere", async () => {
  const user = await at.stack.makeUser({ full_name: "Very Private" });
  await at.stack.makeKeys(user, [{ name: "listed" }]);
  await at.visitAs(user, "#api-keys", async (page, browsing) => {
    await page.getByRole("row", { name: "listed" }).waitFor();
    await fillKey(page, "kept");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "The value of kept:");
    const other = await openTab(browsing);
    await other.goto("/settings");
    await other.getByRole("button", { name: "Sign out" }).click();
    await see(other, "You are signed out.");
    await page.locator("table.keys").waitFor({ state: "detached" });
    assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes("Very Private"));
    await see(page.getByRole("dialog"), "The value of kept:");
    await page.getByLabel("I have copied it").check();
    await page.getByRole("button", { name: "Done" }).click();
    await see(page, "You are signed out.");
  });
});

test("a sign-out that fails is told", () =>
  at.visitAs("jane", "", async (page) => {
    await page.route("**/session", (route) => route.abort());
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page.getByRole("status"), "The service can't be reached.");
  }));

test("who is asked to try again is led on", () =>
  at.visitAs("jane", "", async (page) => {
    await page.route("**/api-key?*", (route) => route.abort());
    await page.getByRole("link", { name: "API keys" }).click();
    await see(page.getByRole("alert"), "The service can't be reached.");
    await page.unroute("**/api-key?*");
    await page.getByRole("button", { name: "Try again" }).press("Enter");
    await see(page, "No active API keys");
    await seeFocus(page, "API keys");
  }));

test("the names that were typed go along to the next step and back", () =>
  at.visit(async (page) => {
    const names = async () => [await page.getByLabel("Environment").inputValue(), await page.getByLabel("User name").inputValue()];
    await page.goto("/settings");
    await page.getByLabel("Environment").fill("Sales");
    await page.getByLabel("User name").fill("jane");
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByRole("button", { name: "Send the link" }).waitFor();
    assert.deepEqual(await names(), ["Sales", "jane"]);
    await page.getByLabel("User name").fill("joan");
    await page.getByRole("button", { name: "Send the link" }).click();
    await see(page, "Look in your mail");
    await page.getByRole("button", { name: "Back to sign-in" }).click();
    await page.getByLabel("Password", { exact: true }).waitFor();
    assert.deepEqual(await names(), ["Sales", "joan"]);
    await seeFocus(page, "Password");
  }));

test("a browser that lets tabs not speak with each other shows the page all the same", () =>
  at.visit(async (page) => {
    await page.addInitScript(() => Object.defineProperty(window, "BroadcastChannel", {
      value: class {
        constructor() {
          throw new DOMException("denied", "SecurityError");
        }
      },
    }));
    await page.goto("/settings");
    await signIn(page, "jane");
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  }));
