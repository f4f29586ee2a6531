// An account that wants a second factor of its users.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAccessibility, house, openTab, see, seeFocus, signIn, tabTo } from "../person.js";
import { PASSWORD } from "../stack.js";

/** @type {string} */
let user;
/** @type {string} */
let second;
/** @type {string} */
let third;
/** @type {string} */
let secret;

const offered = house((stack) => stack.enrol("admin"));
const at = house(async (stack) => {
  user = await stack.makeUser();
  second = await stack.makeUser();
  third = await stack.makeUser();
  // Who changes the policy is held to it too.
  await stack.enrol("admin");
  await stack.setPolicy("enforced");
});

test("who has none sets it up before anything else", () =>
  at.visit(async (page) => {
    await page.goto("/settings#api-keys");
    await signIn(page, user);
    await page.getByRole("heading", { name: "Two-step verification" }).waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    await checkAccessibility(page, "enrolment that is enforced");
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    const dialog = page.getByRole("dialog");
    secret = (await dialog.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await dialog.getByLabel("Code of your authenticator app").fill(at.stack.code(secret));
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.getByLabel("I have saved them").check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByRole("heading", { name: "API keys", level: 1 }).waitFor();
  }));

test("all of it without a mouse", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await seeFocus(page, "User name");
    await page.keyboard.type(second);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await seeFocus(page, "Two-step verification");
    await tabTo(page, "Set up an authenticator app");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    // Who gives it up is asked again, not let in.
    await page.keyboard.press("Escape");
    await seeFocus(page, "Set up an authenticator app");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    await tabTo(page, "Cancel");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Set up an authenticator app");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    const own = (await page.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.keyboard.type(at.stack.code(own));
    await page.keyboard.press("Enter");
    await seeFocus(page, "Recovery codes");
    await tabTo(page, "I have saved them");
    await page.keyboard.press("Space");
    await tabTo(page, "Done");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
  }));

test("who lost the answer that it is set up goes on", async () => {
  await at.visit(async (page) => {
    await page.goto("/settings#api-keys");
    await signIn(page, third);
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    const dialog = page.getByRole("dialog");
    const own = (await dialog.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.route("**/totp/confirm", async (route) => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await dialog.getByLabel("Code of your authenticator app").fill(at.stack.code(own));
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await see(dialog, "The service can't be reached.");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await page.getByRole("heading", { name: "API keys", level: 1 }).waitFor();
  });
});

test("who gives up can sign out", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await signIn(page, "jane");
    await page.getByRole("heading", { name: "Two-step verification" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page, "You are signed out.");
  }));

test("it can be replaced and not be turned off, and the page says why", () =>
  at.visit(async (page) => {
    await at.stack.advance(60);
    await page.goto("/settings#security");
    await signIn(page, user);
    await page.getByLabel("Code of your authenticator app").fill(at.stack.code(secret));
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "Your administrator requires it.");
    await page.getByRole("button", { name: "Replace app" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Turn off" }).count(), 0);
  }));

test("it is not offered any more: who has it may keep it, who has none is told", async () => {
  const kept = await offered.stack.makeUser();
  const without = await offered.stack.makeUser();
  const own = (await offered.stack.enrol(kept)).secret;
  await offered.stack.setPolicy("off");
  await offered.visit(async (page) => {
    await page.goto("/settings#security");
    await signIn(page, kept);
    await page.getByLabel("Code of your authenticator app").fill(offered.stack.code(own));
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "Your administrator no longer offers it: once off, it stays off.");
    await page.getByRole("button", { name: "Turn off" }).waitFor();
  });
  await offered.visitAs(without, "#security", async (page) => {
    await see(page, "Your administrator does not offer it.");
    assert.equal(await page.getByRole("button", { name: "Turn on" }).count(), 0);
  });
});

test("it becomes enforced while the page is open: it is asked for over what was typed, and goes on from any tab", async () => {
  const late = await offered.stack.makeUser();
  await offered.stack.setPolicy("optional");
  await offered.visitAs(late, "#security", async (page, browsing) => {
    await see(page, "Your administrator leaves it to you.");
    await page.getByRole("link", { name: "Profile" }).click();
    const other = await openTab(browsing);
    await other.goto("/settings");
    await see(other, "Set your full name");
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Typed Before");
    await offered.stack.setPolicy("enforced");
    await page.getByRole("button", { name: "Save" }).click();
    const cover = page.getByRole("dialog", { name: "Two-step verification" });
    await see(cover, "Your administrator requires it.");
    await cover.getByRole("button", { name: "Sign out" }).waitFor();

    await other.getByRole("link", { name: "Security" }).click();
    await other.getByRole("button", { name: "Set up an authenticator app" }).click();
    const own = (await other.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await other.getByLabel("Code of your authenticator app").fill(offered.stack.code(own));
    await other.getByRole("button", { name: "Confirm" }).click();
    await see(page, "Typed Before");
    await cover.waitFor({ state: "detached" });
    await other.getByLabel("I have saved them").check();
    await other.getByRole("button", { name: "Done" }).click();
    await see(other, "This one");
  });
});
