// What happens elsewhere meanwhile: in other tabs, on other devices, at the organisation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defer, fillKey, house, openTab, see, seeFocus, signIn, signInQuietly, stepUp } from "../person.js";
import { PASSWORD } from "../stack.js";

const at = house();

test("signing out in one tab empties the others", async () => {
  const user = await at.stack.makeUser({ full_name: "Very Private" });
  await at.visitAs(user, "", async (page, browsing) => {
    const other = await openTab(browsing);
    await other.goto("/settings#security");
    await other.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(other, "You are signed out.");
    assert.ok(!(await other.evaluate(() => document.documentElement.outerHTML)).includes("Very Private"));
  });
});

test("a session that was ended elsewhere asks to sign in, and nothing typed is lost", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await fillKey(page, "typed before");
    const cookie = await at.stack.signIn(user);
    await at.stack.call("DELETE", "/user/@current/session", { cookie });
    await page.getByRole("button", { name: "Create key" }).click();
    const cover = page.getByRole("dialog", { name: "Sign in again" });
    await see(cover, "Your session is over.");
    assert.equal(await cover.getByLabel("User name").inputValue(), user);
    await seeFocus(page, "Password");
    await page.keyboard.press("Escape");
    assert.equal(await cover.isVisible(), true);
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await see(page, "You won't see it again.");
    await see(page, "The value of typed before:");
  });
});

test("what was typed by one user is never sent by another", async () => {
  const user = await at.stack.makeUser();
  const other = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await fillKey(page, "not of the other");
    await at.stack.call("DELETE", "/user/@current/session", { cookie: await at.stack.signIn(user) });
    await page.getByRole("button", { name: "Create key" }).click();
    const cover = page.getByRole("dialog", { name: "Sign in again" });
    await cover.getByLabel("User name").fill(other);
    await cover.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await cover.getByRole("button", { name: "Sign in" }).click();
    await see(page, "No active API keys");
    const { items } = (await at.stack.call("GET", "/user/@current/api-key", { cookie: await at.stack.signIn(other) })).body;
    assert.deepEqual(items, []);
  });
});

test("another user in another tab starts this one anew", async () => {
  const user = await at.stack.makeUser({ full_name: "First One" });
  const second = await at.stack.makeUser({ full_name: "Second One" });
  await at.visitAs(user, "", async (page, browsing) => {
    await see(page, "First One");
    await browsing.clearCookies();
    const other = await openTab(browsing);
    await other.goto("/settings");
    await signIn(other, second);
    await see(other, "Second One");
    await see(page, "Second One");
  });
});

test("signing in again in one tab lets the other go on", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page, browsing) => {
    await fillKey(page, "goes on");
    const other = await openTab(browsing);
    await other.goto("/settings");
    await see(other, "Set your full name");
    await at.stack.call("DELETE", "/user/@current/session", { cookie: await at.stack.signIn(user) });
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
    await other.getByRole("link", { name: "Security" }).click();
    const cover = other.getByRole("dialog", { name: "Sign in again" });
    await cover.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await cover.getByRole("button", { name: "Sign in" }).click();
    await see(page, "You won't see it again.");
  });
});

test("a key that was made in another tab is shown here", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page, browsing) => {
    await see(page, "No active API keys");
    const other = await openTab(browsing);
    await other.goto("/settings#api-keys");
    await fillKey(other, "from the other tab");
    await other.getByRole("button", { name: "Create key" }).click();
    await see(other, "You won't see it again.");
    await see(page, "from the other tab");

    // Who is in the middle of something here stays there.
    await page.getByRole("button", { name: "Actions for from the other tab" }).focus();
    await page.keyboard.press("ArrowUp");
    await seeFocus(page, "Delete");
    await other.getByLabel("I have copied it").check();
    await other.getByRole("button", { name: "Done" }).click();
    await fillKey(other, "one more");
    await other.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("rowheader", { name: "one more" }).waitFor();
    await seeFocus(page, "Delete");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Delete from the other tab?" }).waitFor();
  });
});

test("a key that was rotated elsewhere meanwhile is not rotated again unseen", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "shared" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "Actions for shared" }).click();
    await page.getByRole("menuitem", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).waitFor();
    await at.stack.call("POST", "/user/@current/api-key/shared/rotate", { cookie: await at.stack.signIn(user) });
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await see(page.getByRole("alert"), "This was changed elsewhere meanwhile.");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await see(page, "The value of shared:");
  });
});

test("a key that was rotated elsewhere meanwhile is deleted at the second press", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "leaked" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "Actions for leaked" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete key" }).waitFor();
    await at.stack.call("POST", "/user/@current/api-key/leaked/rotate", { cookie: await at.stack.signIn(user) });
    await page.getByRole("button", { name: "Delete key" }).click();
    await see(page.getByRole("alert"), "This was changed elsewhere meanwhile.");
    await page.getByRole("button", { name: "Delete key" }).click();
    await see(page, "No active API keys");
  });
});

test("a confirmation is asked for again though the profile was changed elsewhere meanwhile", async () => {
  const user = await at.stack.makeUser();
  const cookie = await at.stack.signIn(user);
  await at.stack.call("PATCH", "/user/@current/info", { cookie, body: { email: `${user}@example.com` } });
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("button", { name: "Send again" }).waitFor();
    await at.stack.call("PATCH", "/user/@current/info", { cookie, body: { full_name: "Changed Elsewhere" } });
    await page.getByRole("button", { name: "Send again" }).click();
    await see(page.getByRole("alert"), "This was changed elsewhere meanwhile.");
    await see(page, "Changed Elsewhere");
    await page.getByRole("button", { name: "Send again" }).click();
    await see(page, "A mail with a link is on its way.");
  });
});

test("who signs in with a provider goes on after signing in there, with what was typed", () =>
  at.visitAs("sam", "#api-keys", async (page, browsing) => {
    await fillKey(page, "kept of sam");
    await browsing.clearCookies();
    await page.getByRole("button", { name: "Create key" }).click();
    const cover = page.getByRole("dialog", { name: "Sign in again" });
    await see(cover, "Sign in again at your organisation in another tab");
    assert.equal(await cover.getByLabel("Password").count(), 0);
    await cover.getByRole("button", { name: "Try again" }).click();
    await see(cover, "You are not signed in yet.");
    await signInQuietly(await browsing.newPage(), "sam");
    await cover.getByRole("button", { name: "Try again" }).click();
    await see(page, "The value of kept of sam:");
  }));

test("a save under way goes on while another tab steps up", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page, browsing) => {
    const other = await openTab(browsing);
    await other.goto("/settings#api-keys");
    await fillKey(other, "stepped up");
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Saved Meanwhile");
    await at.stack.advance(601);
    const { promise: steppedUp, resolve } = defer();
    // The save leaves with the cookie that the step-up then replaces; the browser itself would send the new one.
    let isFirst = true;
    await page.route("**/info", async (route) => {
      // Not `times: 1`: while the browser stops routing, a request can go unseen.
      if (!isFirst) return route.continue();
      isFirst = false;
      const request = route.request();
      const { cookie = "", origin = "", "if-match": version = "" } = await request.allHeaders();
      await steppedUp;
      const headers = { cookie, origin, "if-match": version, "content-type": "application/json" };
      const response = await fetch(request.url(), { method: request.method(), headers, body: request.postData() });
      const contentType = response.headers.get("content-type") ?? "";
      return route.fulfill({ status: response.status, contentType, body: await response.text() });
    });
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => asked.push(`${request.method()} ${request.url().split("/v1")[1]}`));
    await page.getByRole("button", { name: "Save" }).click();
    await other.getByRole("button", { name: "Create key" }).click();
    await stepUp(other);
    await see(other, "You won't see it again.");
    resolve();
    await see(page, "Saved Meanwhile");
    assert.equal(await page.getByRole("dialog").count(), 0);
    const save = "PATCH /user/@current/info";
    assert.deepEqual(asked, [save, "GET /session", save]);
  });
});

test("two tabs that need a fresh proof ask for it once", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page, browsing) => {
    const other = await openTab(browsing);
    await other.goto("/settings#api-keys");
    await fillKey(page, "first");
    await fillKey(other, "second");
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await other.getByRole("button", { name: "Create key" }).click();
    await see(other, "Another tab asks you to confirm that it is you.");
    assert.equal(await other.getByRole("dialog", { name: "Confirm that it is you" }).count(), 0);
    // Who does not want to answer there gives up here, and may ask again.
    await other.getByRole("dialog", { name: "Confirm in the other tab" }).getByRole("button", { name: "Cancel" }).click();
    await seeFocus(other, "Create key");
    assert.equal(await other.getByRole("button", { name: "Create key" }).getAttribute("aria-busy"), null);
    await other.keyboard.press("Enter");
    await see(other, "Another tab asks you to confirm that it is you.");
    await stepUp(page);
    await see(page, "The value of first:");
    await see(other, "The value of second:");
  });
});
