// Signing in, in every way that there is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { house, see, seeFocus, signIn } from "../person.js";
import { OTHER_PASSWORD, PASSWORD } from "../stack.js";

const at = house();

test("the right password opens the profile", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    assert.equal(await page.getByLabel("Environment").inputValue(), "ROOT");
    await seeFocus(page, "User name");
    await signIn(page, "jane");
    await page.getByRole("heading", { name: "Profile" }).waitFor();
    await see(page, "Set your full name");
    assert.match(await page.title(), /Profile/);
  }));

test("a wrong password is said above the form, and what was typed stays", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await signIn(page, "jane", "not the password");
    await see(page.getByRole("alert"), "That is not right.");
    assert.equal(await page.getByLabel("User name").inputValue(), "jane");
  }));

test("an empty field is named, and has the focus", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await page.getByRole("button", { name: "Sign in" }).click();
    await see(page, "Fill in this field.");
    await seeFocus(page, "User name");
    assert.equal(await page.getByLabel("User name").getAttribute("aria-invalid"), "true");
  }));

test("password managers find what they look for", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    assert.equal(await page.getByLabel("User name").getAttribute("autocomplete"), "username");
    const password = page.getByLabel("Password", { exact: true });
    assert.equal(await password.getAttribute("autocomplete"), "current-password");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await password.getAttribute("type"), "text");
  }));

test("a person without a mouse signs in", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await seeFocus(page, "User name");
    await page.keyboard.type("jane");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  }));

test("a code of the authenticator is asked for, and may hold blanks", () =>
  at.visit(async (page) => {
    const user = await at.stack.makeUser();
    const { secret } = await at.stack.enrol(user);
    await at.stack.advance(60);
    await page.goto("/settings");
    await signIn(page, user);
    await seeFocus(page, "Code of your authenticator app");
    const code = page.getByLabel("Code of your authenticator app");
    assert.equal(await code.getAttribute("autocomplete"), "one-time-code");
    await code.fill("12345");
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "Type the six digits that the app shows.");
    const digits = at.stack.code(secret);
    await code.fill(`${digits.slice(0, 3)} ${digits.slice(3)}`);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  }));

test("a recovery code opens in place of the authenticator", () =>
  at.visit(async (page) => {
    const user = await at.stack.makeUser();
    const { recovery_codes } = await at.stack.enrol(user);
    await page.goto("/settings");
    await signIn(page, user);
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await seeFocus(page, "Recovery code");
    await page.getByLabel("Recovery code").fill(recovery_codes[0]);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  }));

test("a code that is asked for too late leads back to the password", () =>
  at.visit(async (page) => {
    const user = await at.stack.makeUser();
    const { secret } = await at.stack.enrol(user);
    await page.goto("/settings");
    await signIn(page, user);
    const code = page.getByLabel("Code of your authenticator app");
    await code.waitFor();
    await at.stack.advance(301);
    await code.fill(at.stack.code(secret));
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "That took too long.");
    await page.getByLabel("User name").waitFor();
  }));

test("an invitation sets the first password, and its token leaves the address", () =>
  at.visit(async (page) => {
    const { invitation } = await at.stack.invite();
    await page.goto(`/settings#invitation=${invitation.token}`);
    await page.getByRole("heading", { name: "Set your password" }).waitFor();
    assert.equal(new URL(page.url()).hash, "");
    await page.getByLabel("New password").fill("aaaaaaaaaaaaaaaaaaaa");
    await page.getByRole("button", { name: "Set your password" }).click();
    await see(page, "It is too easy to guess.");
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await page.getByRole("button", { name: "Set your password" }).click();
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  }));

test("a forgotten password is set anew by the mailed link, once", () =>
  at.visit(async (page, browsing) => {
    const user = await at.stack.makeUser();
    const address = `${user}@example.com`;
    const cookie = await at.stack.signIn(user);
    await at.stack.call("PATCH", "/user/@current/info", { body: { email: address }, cookie });
    const [, confirmation] = (await at.stack.mailedLink(address)).split("=");
    await at.stack.call("POST", "/user/@current/email/confirm", { body: { token: confirmation }, cookie });

    await page.goto("/settings");
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByLabel("User name").fill(user);
    await page.getByRole("button", { name: "Send the link" }).click();
    await see(page, "a link is on its way");

    const fragment = (await at.stack.mailedLink(address)).split("/settings")[1] ?? "";
    assert.match(fragment, /^#reset=/);
    await page.goto(`/settings${fragment}`);
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await page.getByRole("button", { name: "Set your password" }).click();
    await page.getByRole("heading", { name: "Profile" }).waitFor();

    const again = await browsing.newPage();
    await again.goto(`/settings${fragment}`);
    await again.getByLabel("New password").fill(`${OTHER_PASSWORD}!`);
    await again.getByRole("button", { name: "Set your password" }).click();
    await see(again, "This link has been used or is over.");
  }));

test("a Dutch browser is spoken to in Dutch, and a switch loses nothing typed", () =>
  at.visit(async (page) => {
    await page.goto("/settings");
    await page.getByLabel("Gebruikersnaam").fill("jane");
    assert.equal(await page.locator("html").getAttribute("lang"), "nl");
    await page.getByLabel("Taal").selectOption("English");
    assert.equal(await page.getByLabel("User name").inputValue(), "jane");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await page.reload();
    await page.getByLabel("User name").waitFor();
  }, { locale: "nl-NL" }));
