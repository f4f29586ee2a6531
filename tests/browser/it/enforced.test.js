// An account that wants a second factor of its users.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAccessibility, house, see, signIn } from "../person.js";

/** @type {string} */
let user;
/** @type {string} */
let secret;

const at = house(async (stack) => {
  user = await stack.makeUser();
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
