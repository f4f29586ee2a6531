// What goes wrong around the page: the service, the network, impatience.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defer, fillKey, house, see, seeFocus, signIn } from "../person.js";

const at = house();

/** An answer of the service that it can't serve just now. */
const UNAVAILABLE = {
  status: 503,
  contentType: "application/problem+json",
  headers: { "retry-after": "2" },
  body: JSON.stringify({ type: "/problems/unavailable", title: "Unavailable", status: 503, detail: "Try again." }),
};

test("a list that the service can't give is offered again", () =>
  at.visitAs("jane", "", async (page) => {
    await page.route("**/api-key?*", (route) => route.fulfill(UNAVAILABLE));
    await page.getByRole("link", { name: "API keys" }).click();
    await see(page.getByRole("alert"), "The service is busy just now.");
    await page.unroute("**/api-key?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await see(page, "No active API keys");
  }));

test("what Amazon's gateway answers by itself is understood", () =>
  at.visitAs("jane", "", async (page) => {
    await page.route("**/info", (route) => route.fulfill({ status: 429, contentType: "application/json", body: '{"message":"Too Many Requests"}' }));
    await page.getByRole("button", { name: "Edit full name" }).click();
    await page.getByLabel("Full name").fill("Jane Doe");
    await page.getByRole("button", { name: "Save" }).click();
    await see(page.getByRole("alert"), "Too many attempts.");
    assert.equal(await page.getByLabel("Full name").inputValue(), "Jane Doe");
  }));

test("a wait that the service asks for is told", () =>
  at.visit(async (page) => {
    const user = await at.stack.makeUser();
    await page.goto("/settings");
    for (let attempts = 0; attempts < 6; attempts += 1) {
      await signIn(page, user, `wrong ${attempts}`);
      await page.locator("button[aria-busy]").waitFor({ state: "detached" });
    }
    await see(page.getByRole("alert"), /Too many attempts\. Try again in \d+ seconds\./);
  }));

test("a network that is gone is said, at the start and later", () =>
  at.visitAs("jane", "", async (page, browsing) => {
    await see(page, "Set your full name");
    await browsing.setOffline(true);
    await page.getByRole("link", { name: "Security" }).click();
    await see(page, "The service can't be reached.");
    await browsing.setOffline(false);
    await page.route("**/user-manager/**", (route) => route.abort());
    await page.reload();
    await see(page, "The service can't be reached.");
    await page.unroute("**/user-manager/**");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await see(page, "Change password");
  }));

test("a slow button shows that it works, keeps its width, and works once", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    let sent = 0;
    const { promise: answered, resolve: answer } = defer();
    await page.route("**/api-key", async (route) => {
      sent += 1;
      await answered;
      await route.continue();
    });
    await fillKey(page, "slow");
    const button = page.getByRole("button", { name: "Create key" });
    const width = (await button.boundingBox())?.width;
    await button.dblclick();
    await button.click({ force: true });
    await page.getByLabel("Key name").press("Enter");
    assert.equal(await button.getAttribute("aria-busy"), "true");
    assert.equal((await button.boundingBox())?.width, width);
    answer();
    await see(page, "You won't see it again.");
    assert.equal(sent, 1);
  });
});

test("a key whose answer got lost is made once, and the page says what to do", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.route("**/api-key", async (route) => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await fillKey(page, "lost");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "The service can't be reached.");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page.getByRole("dialog"), "its value got lost on the way");
    await page.getByRole("button", { name: "Done" }).click();
    await see(page, "Search API keys (1 available)");
  });
});

test("after signing out, the back button shows nothing private", async () => {
  const user = await at.stack.makeUser({ full_name: "Very Private" });
  await at.visitAs(user, "", async (page) => {
    await see(page, "Very Private");
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page, "You are signed out.");
    await page.goto("/problems/not-found");
    await page.goBack();
    await page.getByLabel("User name").waitFor();
    await page.goBack();
    await page.getByLabel("User name").waitFor();
    assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes("Very Private"));
    assert.equal(await page.getByRole("heading", { name: "Security" }).count(), 0);
  });
});

test("the back button leaves a dialog behind, but for one that shows something this once", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "", async (page) => {
    await page.getByRole("link", { name: "API keys" }).click();
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).waitFor();
    await page.goBack();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await seeFocus(page, "Profile");
    await page.getByRole("link", { name: "API keys" }).click();
    await fillKey(page, "still here");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "The value of still here:");
    await page.goBack();
    await page.getByRole("heading", { name: "Profile", includeHidden: true }).waitFor();
    await see(page.getByRole("dialog"), "The value of still here:");
    await page.getByLabel("I have copied it").check();
    await page.getByRole("button", { name: "Done" }).click();
    await seeFocus(page, "Profile");
  });
});

test("a key that was made though its answer got lost is shown, also to who gives up", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await fillKey(page, "made unseen");
    await page.route("**/api-key", async (route) => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page.getByRole("alert"), "The service can't be reached.");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Actions for made unseen" }).waitFor();
  });
});

test("recovery codes are shown though the answer with them got lost", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await page.getByRole("button", { name: "Turn on" }).click();
    const dialog = page.getByRole("dialog");
    const secret = (await dialog.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
    await page.route("**/totp/confirm", async (route) => {
      await route.fetch();
      await route.abort();
    }, { times: 1 });
    await dialog.getByLabel("Code of your authenticator app").fill(at.stack.code(secret));
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await see(dialog, "The service can't be reached.");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.getByRole("heading", { name: "Recovery codes" }).waitFor();
    assert.equal(await dialog.locator("ol.codes li").count(), 10);
  });
});

test("what went wrong is in sight, however far down the button is", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.setViewportSize({ width: 360, height: 560 });
    await fillKey(page, "out of sight");
    await page.getByRole("checkbox", { name: "Account" }).check();
    await page.route("**/api-key", (route) => route.fulfill(UNAVAILABLE), { times: 1 });
    await page.getByRole("button", { name: "Create key" }).click();
    const alert = page.getByRole("dialog").getByRole("alert");
    await see(alert, "The service is busy just now.");
    const isInSight = await alert.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    });
    assert.ok(isInSight);
  });
});

test("a dialog that the service can't serve keeps what was typed, and tries again", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.route("**/api-key", (route) => route.fulfill(UNAVAILABLE), { times: 1 });
    await fillKey(page, "at the second try");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page.getByRole("alert"), "The service is busy just now.");
    assert.equal(await page.getByLabel("Key name").inputValue(), "at the second try");
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "The value of at the second try:");
  });
});

test("a page from the browser's memory is loaded anew", async () => {
  const user = await at.stack.makeUser({ full_name: "Very Private" });
  await at.visitAs(user, "", async (page) => {
    await see(page, "Very Private");
    await at.stack.call("DELETE", "/user/@current/session", { cookie: await at.stack.signIn(user) });
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await page.getByLabel("User name").waitFor();
    assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes("Very Private"));
  });
});
