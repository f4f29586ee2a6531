// The profile, seen and changed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { house, openTab, see, seeFocus, stepUp } from "../person.js";

const at = house();

test("the full name is changed in its place, and the focus comes back", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Edit full name" }).click();
    await seeFocus(page, "Full name");
    await page.keyboard.type("Jane Doe");
    await page.keyboard.press("Enter");
    await see(page.getByRole("status"), "Saved.");
    await see(page, "Jane Doe");
    await seeFocus(page, "Edit full name");
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Set your full name");
  });
});

test("both fields may be edited at once, and saving one leaves the other", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("half@");
    await page.getByLabel("Full name").fill("שרה Levi");
    await page.getByLabel("Full name").press("Enter");
    await seeFocus(page, "Edit full name");
    await see(page.getByRole("banner"), "שרה Levi");
    assert.equal(await page.getByLabel("E-mail").inputValue(), "half@");
    // News from elsewhere leaves it, and the focus in it, too.
    await page.getByLabel("E-mail").focus();
    await page.evaluate(() => new BroadcastChannel("user-settings").postMessage("info"));
    await at.stack.call("PATCH", "/user/@current/info", { body: { full_name: "Sara Levi" }, cookie: await at.stack.signIn(user) });
    await page.evaluate(() => new BroadcastChannel("user-settings").postMessage("info"));
    await see(page.getByRole("banner"), "Sara Levi");
    await page.keyboard.type("way");
    assert.equal(await page.getByLabel("E-mail").inputValue(), "half@way");
  });
});

test("a change that is given up changes nothing", () =>
  at.visitAs("jane", "", async (page) => {
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Somebody else");
    await page.getByRole("button", { name: "Cancel" }).click();
    await see(page, "Set your full name");
    await seeFocus(page, "Edit full name");
  }));

test("a text that is no address is said beside the field", () =>
  at.visitAs("jane", "", async (page) => {
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("no address");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Type an e-mail address such as jane@example.com.");
    await seeFocus(page, "E-mail");
    // The browser takes this one, the service does not.
    await page.getByLabel("E-mail").fill(`${"a".repeat(251)}@b.c`);
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Type an e-mail address such as jane@example.com.");
  }));

test("a new address waits for its mailed link", async () => {
  const user = await at.stack.makeUser();
  const address = `${user}@example.com`;
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill(address);
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, `${address} waits for you`);
    const link = await at.stack.mailedLink(address);
    assert.match(link, /#email=/);
    await page.getByRole("button", { name: "Send again" }).click();
    await see(page.getByRole("status"), "A mail with a link is on its way.");
    await page.goto(`/settings#${link.split("#")[1]}`);
    await see(page, "Your e-mail address is confirmed.");
    await see(page, "Confirmed");
    assert.ok(!page.url().includes("email="));
  });
});

test("a mailed link is used once the service can be reached", async () => {
  const user = await at.stack.makeUser();
  const address = `${user}@example.com`;
  await at.stack.call("PATCH", "/user/@current/info", { body: { email: address }, cookie: await at.stack.signIn(user) });
  const link = await at.stack.mailedLink(address);
  await at.visitAs(user, "", async (page) => {
    await see(page, `${address} waits for you`);
    await page.route("**/user-manager/**", (route) => route.abort());
    await page.goto(`/settings#${link.split("#")[1]}`);
    await see(page, "The service can't be reached.");
    await page.unroute("**/user-manager/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await see(page, "Your e-mail address is confirmed.");
  });
});

test("a new address is given up", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("other@example.com");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Cancel the change" }).click();
    await see(page, "Set your e-mail");
    await seeFocus(page, "Edit e-mail");
  });
});

test("a link that is over says so", () =>
  at.visitAs("jane", "", async (page) => {
    await page.goto("/settings#email=nothing");
    await see(page.getByRole("status"), "This link has been used, is over, or is for another user.");
  }));

test("step-up comes up when the proof is old, and the change goes on by itself", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("new@example.com");
    await page.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.getByLabel("Password", { exact: true }).fill("not the password");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await see(dialog, "This is not your password.");
    await seeFocus(page, "Password");
    await stepUp(page);
    await see(page, "new@example.com waits for you");
  });
});

test("a step-up that is given up leaves what was typed", () =>
  at.visitAs("jane", "", async (page) => {
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Edit e-mail" }).click();
    await page.getByLabel("E-mail").fill("new@example.com");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor();
    await seeFocus(page, "Password");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("E-mail").inputValue(), "new@example.com");
    assert.equal(await page.getByRole("button", { name: "Save" }).getAttribute("aria-busy"), null);
  }));

test("a profile that changed elsewhere is not overwritten unseen", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Typed Here");
    const cookie = await at.stack.signIn(user);
    await at.stack.call("PATCH", "/user/@current/info", { body: { full_name: "Set Elsewhere" }, cookie });
    await page.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("alert"), "This was changed elsewhere meanwhile.");
    await see(page.getByRole("alert"), "Set Elsewhere");
    assert.equal(await page.getByLabel("Full name").inputValue(), "Typed Here");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page, "Typed Here");
  });
});

test("another tab shows the new name", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page, browsing) => {
    const other = await openTab(browsing);
    await other.goto("/settings");
    await see(other, "Set your full name");
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Jane Doe");
    await page.getByRole("button", { name: "Save" }).click();
    await see(other, "Jane Doe");
  });
});

test("a user of a provider sees where they sign in", () =>
  at.visitAs("sam", "", async (page) => {
    await see(page, "Single sign-on (SAML)");
    await page.getByRole("link", { name: "Security" }).click();
    await see(page, "Your organisation signs you in");
    assert.equal(await page.getByRole("button", { name: "Change password" }).count(), 0);
  }));
