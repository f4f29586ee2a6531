// Password, second factor, recovery codes and sessions.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { clipboard, focused, house, see, seeFocus, signInQuietly, tabTo } from "../person.js";
import { OTHER_PASSWORD, PASSWORD } from "../stack.js";

const at = house();

/** @param {import("../person.js").Page} page */
async function setUp(page) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("img", { name: "QR code" }).waitFor();
  const secret = (await dialog.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
  await dialog.getByLabel("Code of your authenticator app").fill(at.stack.code(secret));
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByRole("heading", { name: "Recovery codes" }).waitFor();
  return secret;
}

test("the rules of a password are told as one types", async () => {
  const user = await at.stack.makeUser({ full_name: "Marie Lavoisier" });
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Change password" }).click();
    const dialog = page.getByRole("dialog", { name: "Change password" });
    const field = dialog.getByLabel("New password");
    const kept = () => dialog.locator(".rules .kept:not([hidden])").allTextContents();
    await field.fill("short");
    assert.deepEqual(await kept(), ["Without your name, e-mail or account(kept)", "Other than the current one(kept)"]);
    await field.fill("the lavoisier of this house");
    assert.deepEqual(await kept(), ["At least 15 characters(kept)", "Other than the current one(kept)"]);
    await dialog.getByLabel("Current password").fill("the lavoisier of this house");
    assert.deepEqual(await kept(), ["At least 15 characters(kept)"]);
    // 15 code points in 30 units of UTF-16.
    await field.fill("🗝".repeat(15));
    assert.equal((await kept()).length, 3);
    await see(dialog, /^15 characters$/);
    await field.fill("🗝".repeat(129));
    await see(dialog, "At most 128 characters");
    assert.equal(await field.getAttribute("autocomplete"), "new-password");
  });
});

test("the password is changed, and errors stand beside their fields", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Change password" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Current password").fill("wrong");
    await dialog.getByLabel("New password").fill(OTHER_PASSWORD);
    await dialog.getByRole("button", { name: "Change password" }).click();
    await see(dialog, "This is not your password.");
    await seeFocus(page, "Current password");
    await dialog.getByLabel("Current password").fill(PASSWORD);
    await dialog.getByLabel("New password").fill(PASSWORD);
    await dialog.getByRole("button", { name: "Change password" }).click();
    await see(dialog, "It is the one you have now.");
    await dialog.getByLabel("New password").fill(OTHER_PASSWORD);
    await dialog.getByRole("button", { name: "Change password" }).click();
    await see(page.getByRole("status"), "Your password is changed");
    await seeFocus(page, "Change password");
    await at.stack.signIn(user, OTHER_PASSWORD);
  });
});

test("what a change ended is not shown any more", async () => {
  const user = await at.stack.makeUser();
  await at.stack.signIn(user);
  await at.visitAs(user, "#security", async (page) => {
    const others = page.getByRole("button", { name: /^End .*, signed in/ });
    await others.first().waitFor();
    await page.getByRole("button", { name: "Change password" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Current password").fill(PASSWORD);
    await dialog.getByLabel("New password").fill(OTHER_PASSWORD);
    await dialog.getByRole("button", { name: "Change password" }).click();
    await others.first().waitFor({ state: "detached" });
    await see(page, "This one");
    await at.stack.signIn(user, OTHER_PASSWORD);
    await page.getByRole("button", { name: "Turn on" }).click();
    await setUp(page);
    await page.getByLabel("I have saved them").check();
    await page.getByRole("button", { name: "Done" }).click();
    await see(page, "10 are left.");
    assert.equal(await others.count(), 0);
  });
});

test("who signs in with a provider is told where all this is", async () => {
  const { user_name } = await at.stack.invite({ identity_provider: "active_directory" });
  await at.visit(async (page) => {
    await signInQuietly(page, user_name, "provider");
    // Also where a password manager leads straight to changing it.
    await page.goto("/settings#password");
    await see(page, "Your organisation signs you in, so your password and two-step verification are managed there.");
    await see(page, "This one");
    assert.equal(await page.getByRole("dialog").count(), 0);
    assert.deepEqual(await page.getByRole("main").getByRole("button").allTextContents(), []);
    await page.getByRole("link", { name: "Profile" }).click();
    await see(page, "Active Directory");
  });
});

test("the well-known address leads to changing the password", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.goto("/.well-known/change-password");
    await page.getByRole("dialog", { name: "Change password" }).waitFor();
  });
});

test("MFA is turned on; its recovery codes can't be missed", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Code of your authenticator app").fill("000000");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await see(dialog, "This code is not right");
    await setUp(page);
    const codes = await dialog.locator(".codes code").allTextContents();
    assert.equal(codes.length, 10);
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
    assert.equal(await dialog.getByRole("heading", { name: "Recovery codes" }).isVisible(), true);
    assert.equal(await dialog.getByRole("button", { name: "Done" }).isDisabled(), true);

    await dialog.getByRole("button", { name: "Copy" }).click();
    await see(dialog, "Copied");
    assert.equal(await clipboard(page), `${codes.join("\n")}\n`);
    const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
    const file = await readFile(await download.path(), "utf8");
    assert.ok(codes.every((code) => file.includes(code)));
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute("data-printed", "");
    });
    await dialog.getByRole("button", { name: "Print" }).click();
    await page.locator("body[data-printed]").waitFor();
    await page.emulateMedia({ media: "print" });
    assert.equal(await dialog.locator(".codes").isVisible(), true);
    await see(dialog, `${user} · ROOT · demo`);
    assert.equal(await page.getByRole("banner").isVisible(), false);
    assert.equal(await page.getByRole("heading", { name: "Security" }).isVisible(), false);
    await page.emulateMedia({ media: "screen" });

    await dialog.getByLabel("I have saved them").check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await see(page.getByRole("status"), "Two-step verification is on.");
    await see(page, "10 are left.");
    const left = await page.evaluate(() => document.documentElement.outerHTML);
    assert.ok(codes.every((code) => !left.includes(code)), "a code outlived its dialog");
  });
});

test("the authenticator is replaced, turned off, and new codes are made", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    const keep = async () => {
      await page.getByLabel("I have saved them").check();
      await page.getByRole("button", { name: "Done" }).click();
    };
    await page.getByRole("button", { name: "Turn on" }).click();
    await setUp(page);
    await keep();
    await page.getByRole("button", { name: "Replace app" }).click();
    await setUp(page);
    await keep();
    await page.getByRole("button", { name: "Make new codes" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make new codes" }).click();
    await see(page.getByRole("dialog"), "You see them only now");
    await keep();
    await page.getByRole("button", { name: "Turn off" }).click();
    await see(page.getByRole("dialog"), "Your password alone will then open your account.");
    await page.getByRole("button", { name: "Turn it off" }).click();
    await see(page.getByRole("status"), "Two-step verification is off.");
    await page.getByRole("button", { name: "Turn on" }).waitFor();
  });
});

test("who has a password that is too short alone is told to change it first", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    await setUp(page);
    await page.getByLabel("I have saved them").check();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Change password" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Current password").fill(PASSWORD);
    await dialog.getByLabel("New password").fill("osprey-Tur31");
    await dialog.getByRole("button", { name: "Change password" }).click();
    await see(page.getByRole("status"), "Your password is changed");
    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByRole("button", { name: "Turn it off" }).click();
    await see(page.getByRole("alert"), "Change it to one of at least 15 characters first.");
  });
});

test("few recovery codes are warned of", async () => {
  const user = await at.stack.makeUser();
  const { recovery_codes } = await at.stack.enrol(user);
  await at.stack.spendCodes(user, recovery_codes.slice(0, 5));
  await at.visit(async (page) => {
    await page.goto("/settings#security");
    await page.getByLabel("User name").fill(user);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    // As it may be copied from paper.
    await page.getByLabel("Recovery code").fill(` ${recovery_codes[5].toUpperCase().replaceAll("-", " ")} `);
    await page.keyboard.press("Enter");
    await see(page, "4 are left.");
    assert.equal(await page.getByText("Make new ones before you need them.").count(), 0);
    await at.stack.spendCodes(user, recovery_codes.slice(6, 7));
    await page.reload();
    await see(page, "Only 3 recovery codes are left. Make new ones before you need them.");
  });
});

test("step-up asks for the second factor where there is one", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    const secret = await setUp(page);
    await page.getByLabel("I have saved them").check();
    await page.getByRole("button", { name: "Done" }).click();
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByRole("button", { name: "Turn it off" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await dialog.getByLabel("Code of your authenticator app").fill(at.stack.code(secret));
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await see(page.getByRole("status"), "Two-step verification is off.");
  });
});

test("sessions are listed, all of them, and ended", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await see(page, "This one");
    await see(page, "last seen just now");
    await at.stack.signIn(user);
    await at.stack.signIn(user);
    // As if each page of the list held one.
    await page.route(/\/@current\/session(\?|$)/, (route) => {
      const url = new URL(route.request().url());
      url.searchParams.set("limit", "1");
      return route.continue({ url: url.href });
    });
    await page.reload();
    const others = page.getByRole("button", { name: /^End .*, signed in/ });
    await others.first().waitFor();
    const count = await others.count();
    await others.first().click();
    await see(page.getByRole("status"), "The session has ended.");
    await page.waitForFunction((before) => document.querySelectorAll("button[aria-label^='End ']").length === before - 1, count);
    await page.getByRole("button", { name: "End all others" }).click();
    await see(page.getByRole("status"), "All your other sessions have ended.");
    await others.first().waitFor({ state: "detached" });
    await seeFocus(page, "Active sessions");
  });
});

test("a second factor is replaced and turned off without a mouse, fresh proof included", async () => {
  const user = await at.stack.makeUser();
  const { secret } = await at.stack.enrol(user);
  const keep = async (/** @type {import("../person.js").Page} */ page) => {
    await seeFocus(page, "Recovery codes");
    await tabTo(page, "I have saved them");
    await page.keyboard.press("Space");
    await tabTo(page, "Done");
    await page.keyboard.press("Enter");
  };
  const prove = async (/** @type {import("../person.js").Page} */ page, /** @type {string} */ secret) => {
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await seeFocus(page, "Password");
    await page.keyboard.type(PASSWORD);
    await tabTo(page, "Code of your authenticator app");
    await page.keyboard.type(at.stack.code(secret));
    await page.keyboard.press("Enter");
  };
  await at.visit(async (page) => {
    await at.stack.advance(60);
    await page.goto("/settings#security");
    await seeFocus(page, "User name");
    await page.keyboard.type(user);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    await page.keyboard.type(at.stack.code(secret));
    await page.keyboard.press("Enter");

    await see(page, "10 are left.");
    await at.stack.advance(601);
    await tabTo(page, "Make new codes");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Make new recovery codes?");
    await tabTo(page, "Make new codes");
    await page.keyboard.press("Enter");
    await prove(page, secret);
    await keep(page);
    await seeFocus(page, "Make new codes");

    await tabTo(page, "Replace app");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    const other = (await page.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.keyboard.type(at.stack.code(other));
    await page.keyboard.press("Enter");
    await keep(page);
    await seeFocus(page, "Replace app");

    await at.stack.advance(601);
    await tabTo(page, "Turn off");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Turn two-step verification off?");
    await tabTo(page, "Turn it off");
    await page.keyboard.press("Enter");
    await prove(page, other);
    await see(page.getByRole("status"), "Two-step verification is off.");
    await seeFocus(page, "Security");
  });
});

test("each dialog here is used without a mouse", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await tabTo(page, "Change password");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Current password");
    await page.keyboard.press("Escape");
    await seeFocus(page, "Change password");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Current password");
    await page.keyboard.type(PASSWORD);
    await tabTo(page, "New password");
    await page.keyboard.type(OTHER_PASSWORD);
    await page.keyboard.press("Enter");
    await see(page.getByRole("status"), "Your password is changed");
    await seeFocus(page, "Change password");

    await tabTo(page, "Turn on");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    const secret = (await page.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.keyboard.type(at.stack.code(secret));
    await page.keyboard.press("Enter");
    await seeFocus(page, "Recovery codes");
    await tabTo(page, "I have saved them");
    await page.keyboard.press("Space");
    await tabTo(page, "Done");
    await page.keyboard.press("Enter");
    await see(page.getByRole("status"), "Two-step verification is on.");
    await seeFocus(page, "Security");

    await tabTo(page, "Turn off");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Turn two-step verification off?");
    await tabTo(page, "Cancel");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Turn off");
    assert.equal(await focused(page), "Turn off");
  });
});
