// Signing in, in every way that there is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { house, openTab, see, seeFocus, signIn } from "../person.js";
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
    assert.equal(await page.getByLabel("Environment").getAttribute("autocomplete"), "off");
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    assert.equal(await page.getByLabel("User name").getAttribute("autocomplete"), "username");
    await page.getByRole("button", { name: "Back to sign-in" }).click();
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await password.getAttribute("type"), "text");
    await page.getByRole("button", { name: "Hide the password" }).click();
    assert.equal(await password.getAttribute("type"), "password");
  }));

test("the environment of the last time is there the next time", async () => {
  const cookie = await at.stack.signIn("admin");
  await at.stack.call("POST", "/environment", { body: { environment_name: "Sales" }, cookie });
  const { user_name } = await at.stack.invite({ environment_name: "Sales", identity_provider: "local" });
  const { body: { token } } = await at.stack.call("POST", `/user/demo/Sales/${user_name}/invitation`, { cookie });
  await at.stack.call("POST", "/session/invitation", { body: { token, password: PASSWORD } });
  await at.visit(async (page) => {
    await page.goto("/settings");
    await page.getByLabel("Environment").fill("Sales");
    await signIn(page, user_name);
    await see(page, "Sales · demo");
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page, "You are signed out.");
    assert.equal(await page.getByLabel("Environment").inputValue(), "Sales");
    await seeFocus(page, "User name");
  });
});

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

test("an invitation that is opened while somebody else is signed in ends their tabs", async () => {
  const before = await at.stack.makeUser({ full_name: "Somebody Else" });
  const { user_name, invitation } = await at.stack.invite({ full_name: "Newly Invited" });
  await at.visitAs(before, "", async (page, browsing) => {
    await see(page, "Somebody Else");
    const invited = await openTab(browsing);
    await invited.goto(`/settings#invitation=${invitation.token}`);
    await invited.getByLabel("New password").fill(OTHER_PASSWORD);
    await invited.getByLabel("New password").press("Enter");
    await see(invited, user_name);
    await see(page, "Newly Invited");
    assert.equal(await page.getByText("Somebody Else").count(), 0);
  });
});

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

test("a link that sets a password does not skip the second factor", async () => {
  const user = await at.stack.makeUser();
  const { secret } = await at.stack.enrol(user);
  const cookie = await at.stack.signIn("admin");
  const { body: { token } } = await at.stack.call("POST", `/user/demo/ROOT/${user}/invitation`, { cookie });
  await at.visit(async (page) => {
    await at.stack.advance(60);
    await page.goto(`/settings#reset=${token}`);
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await page.getByLabel("New password").press("Enter");
    await seeFocus(page, "Code of your authenticator app");
    await page.keyboard.type(` ${at.stack.code(secret)} `);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Profile" }).waitFor();
  });
});

test("a browser that keeps nothing shows the page all the same", () =>
  at.visit(async (page) => {
    await page.addInitScript(() => Object.defineProperty(window, "localStorage", {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    }));
    await page.goto("/settings");
    await signIn(page, "jane");
    await page.getByRole("heading", { name: "Profile" }).waitFor();
    await page.getByLabel("Language").selectOption("Nederlands");
    await page.getByRole("heading", { name: "Profiel" }).waitFor();
  }));

test("a browser that keeps no cookie is told why it is asked again", () =>
  at.visit(async (page, browsing) => {
    await page.route("**/session", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      const response = await route.fetch();
      await browsing.clearCookies();
      return route.fulfill({ status: response.status(), contentType: "application/json", body: await response.text() });
    });
    await page.goto("/settings");
    await signIn(page, "jane");
    await see(page, "Your browser did not keep this sign-in.");
  }));

for (const [locale, sentence] of /** @type {const} */ ([
  ["en-GB", "User Settings needs JavaScript."],
  ["nl-NL", "Gebruikersinstellingen heeft JavaScript nodig."],
])) {
  test(`without scripts, a browser in ${locale} is told that they are needed`, () =>
    at.visit(async (page) => {
      await page.goto("/settings");
      // All that is seen: neither the other language, nor that the scripts are late.
      assert.equal((await page.locator("body").innerText()).trim(), sentence);
    }, { locale, javaScriptEnabled: false }));
}

test("a page whose scripts do not come says so after a while, and keeps the link that led to it", () =>
  at.visit(async (page) => {
    await page.route("**/keys.js", (route) => route.abort());
    await page.goto("/settings#invitation=token");
    assert.equal(await page.locator("#late").isVisible(), false);
    await page.evaluate(() => document.getAnimations().forEach((one) => one.finish()));
    await see(page, "User Settings is slow to load. If nothing happens, load this page again.");
    assert.match(page.url(), /#invitation=token$/);
    await page.unroute("**/keys.js");
    await page.reload();
    await page.getByRole("heading", { name: "Set your password" }).waitFor();
    assert.equal(await page.locator("#late").count(), 0);
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
