// API keys: made, found, rotated, deleted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clipboard, fillKey, house, see, seeFocus, signInQuietly, stepUp, tabTo } from "../person.js";
import { PASSWORD } from "../stack.js";

const at = house();
const DAY_SECONDS = 86_400;

/** @param {number} days */
const inDays = (days) => new Date(Date.now() + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);

/** @param {import("../person.js").Page} page */
const names = (page) => page.locator("table.keys .name").allTextContents();

/**
 * An instant that many days from now, and so many seconds.
 * @param {number} days
 * @param {number} seconds
 */
const instant = (days, seconds) => new Date(Date.now() + (days * DAY_SECONDS + seconds) * 1000).toISOString();

/**
 * Fills the dialog for a new key and sends it.
 * @param {import("../person.js").Page} page
 * @param {string} name
 */
async function orderKey(page, name) {
  await fillKey(page, name);
  await page.getByRole("button", { name: "Create key" }).click();
}

/** @param {import("../person.js").Page} page */
async function keepValue(page) {
  await page.getByLabel("I have copied it").check();
  await page.getByRole("button", { name: "Done" }).click();
}

test("a key is made, its value is shown once and copied", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "No active API keys");
    await page.getByRole("button", { name: "New API key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Key name").fill("nightly report");
    await dialog.getByRole("button", { name: "30 days" }).click();
    assert.equal(await dialog.getByLabel("Expiry date").inputValue(), inDays(30));
    await dialog.getByRole("checkbox", { name: "Tasks" }).check();
    await dialog.getByRole("checkbox", { name: "Session" }).check();
    await dialog.getByRole("button", { name: "Create key" }).click();
    await see(dialog, "You won't see it again.");
    const value = (await dialog.locator("code.secret").textContent()) ?? "";
    assert.match(value, /^upk_/);
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), true);
    await dialog.getByRole("button", { name: "Copy" }).click();
    await see(dialog, "Copied");
    assert.equal(await clipboard(page), value);
    await dialog.getByLabel("I have copied it").check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await see(page, "Search API keys (1 available)");
    assert.deepEqual(await names(page), ["nightly report"]);
    await seeFocus(page, "Actions for nightly report");
    assert.ok(!(await page.evaluate(() => document.documentElement.outerHTML)).includes(value), "the value outlived its dialog");
    const { scopes } = (await at.stack.call("GET", "/user/@current/authorization", { key: value })).body;
    assert.deepEqual(scopes, ["Tasks", "Session"]);
  });
});

test("what a key lacks is said beside its field", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "taken" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "New API key" }).click();
    const dialog = page.getByRole("dialog");
    const create = dialog.getByRole("button", { name: "Create key" });
    await dialog.getByLabel("Key name").fill("50%");
    await create.click();
    await see(dialog, "Use 1 to 64 characters");
    await seeFocus(page, "Key name");
    await dialog.getByLabel("Key name").fill("Taken");
    await dialog.getByLabel("Expiry date").fill(inDays(500));
    await create.click();
    await see(dialog, "Choose a day from today (UTC) to a year from now.");
    await dialog.getByRole("button", { name: "1 year" }).click();
    await create.click();
    await see(dialog, "Choose at least one scope.");
    await dialog.getByRole("checkbox", { name: "Tasks" }).check();
    await create.click();
    await see(dialog, "You have a key with this name.");
    await dialog.getByLabel("Key name").fill("a year");
    await create.click();
    await see(dialog, "You won't see it again.");
  });
});

test("keys are searched and sorted", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [
    { name: "beta", expiration_date: inDays(5) },
    { name: "alpha 10", expiration_date: inDays(20), scopes: ["Account"] },
    { name: "alpha 9", expiration_date: inDays(200) },
  ]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Search API keys (3 available)");
    assert.deepEqual(await names(page), ["alpha 9", "alpha 10", "beta"]);
    await page.getByRole("button", { name: "Expiry date" }).click();
    assert.deepEqual(await names(page), ["beta", "alpha 10", "alpha 9"]);
    await page.getByRole("button", { name: "Expiry date" }).click();
    assert.deepEqual(await names(page), ["alpha 9", "alpha 10", "beta"]);
    assert.equal(await page.getByRole("columnheader", { name: "Expiry date" }).getAttribute("aria-sort"), "descending");
    await seeFocus(page, "Expiry date");
    await see(page.getByRole("row", { name: "beta" }), /^Expires in [45] days$/);
    assert.match((await page.getByRole("row", { name: "beta" }).locator(".badge").getAttribute("class")) ?? "", /bad$/);
    assert.match((await page.getByRole("row", { name: "alpha 10" }).locator(".badge").getAttribute("class")) ?? "", /warn$/);
    assert.equal(await page.getByRole("row", { name: "alpha 9" }).locator(".badge").count(), 0);
    await page.getByLabel("Search API keys").fill("ALPHA");
    assert.deepEqual(await names(page), ["alpha 9", "alpha 10"]);
    await page.getByLabel("Search API keys").fill("account");
    assert.deepEqual(await names(page), ["alpha 10"]);
    await page.getByLabel("Search API keys").fill("nothing like this");
    await see(page, "No key matches what you search for.");
  });
});

test("a badge warns from 30 days on, and more so from 7", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [
    { name: "31", expiration_date: instant(30, 600) },
    { name: "30", expiration_date: instant(30, -600) },
    { name: "8", expiration_date: instant(7, 600) },
    { name: "7", expiration_date: instant(7, -600) },
  ]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Search API keys (4 available)");
    /** @param {string} name */
    const badge = async (name) => {
      const badges = await page.getByRole("row", { name }).locator(".badge").all();
      return (await Promise.all(badges.map(async (one) => `${await one.getAttribute("class")}: ${await one.textContent()}`)))[0];
    };
    assert.equal(await badge("31"), undefined);
    assert.equal(await badge("30"), "badge warn: Expires in 29 days");
    assert.equal(await badge("8 upk"), "badge warn: Expires in 7 days");
    assert.equal(await badge("7 upk"), "badge bad: Expires in 6 days");
  });
});

test("a key is rotated, and the old value may work on for a while", async () => {
  const user = await at.stack.makeUser();
  const [old] = await at.stack.makeKeys(user, [{ name: "deploy" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "Actions for deploy" }).click();
    await page.getByRole("menuitem", { name: "Rotate" }).click();
    const dialog = page.getByRole("dialog", { name: "Rotate deploy?" });
    await dialog.getByLabel("The old value stops working").selectOption("After 1 hour");
    await dialog.getByLabel("Expiry date").selectOption("Choose another date");
    await dialog.getByRole("button", { name: "180 days" }).click();
    assert.equal(await dialog.getByLabel("New expiry date").inputValue(), inDays(180));
    await dialog.getByRole("button", { name: "Rotate" }).click();
    const shown = page.getByRole("dialog", { name: "API key rotated" });
    const value = await shown.locator("code.secret").textContent();
    assert.notEqual(value, old);
    await shown.getByLabel("I have copied it").check();
    await shown.getByRole("button", { name: "Done" }).click();
    await seeFocus(page, "Actions for deploy");
    for (const key of [old, value ?? ""]) await at.stack.call("GET", "/user/@current/authorization", { key });
  });
});

test("a deletion says when the key was last used, and what was used by it stops", async () => {
  const user = await at.stack.makeUser();
  const [value] = await at.stack.makeKeys(user, [{ name: "used" }, { name: "unused" }]);
  await at.stack.call("GET", "/user/@current/authorization", { key: value });
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "Actions for unused" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await see(page.getByRole("dialog", { name: "Delete unused?" }), "It was never used.");
    await page.getByRole("button", { name: "Cancel" }).click();
    await seeFocus(page, "Actions for unused");
    await page.getByRole("button", { name: "Actions for used", exact: true }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await see(page.getByRole("dialog", { name: "Delete used?" }), "It was last used just now.");
    await page.getByRole("button", { name: "Delete key" }).click();
    await see(page.getByRole("status"), "used is deleted.");
    await page.getByRole("rowheader", { name: "used", exact: false }).nth(1).waitFor({ state: "detached" });
    assert.deepEqual(await names(page), ["unused"]);
    await seeFocus(page, "API keys");
    await assert.rejects(at.stack.call("GET", "/user/@current/authorization", { key: value }), /401/);
  });
});

test("the menu and the dialogs are used without a mouse", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await tabTo(page, "New API key");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Key name");
    await page.keyboard.type("by keyboard");
    await tabTo(page, "90 days");
    await page.keyboard.press("Space");
    await tabTo(page, "TasksRun and manage tasks");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "API key created" }).waitFor();
    await tabTo(page, "I have copied it");
    await page.keyboard.press("Space");
    await tabTo(page, "Done");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Actions for by keyboard");

    await page.keyboard.press("ArrowDown");
    await seeFocus(page, "Rotate");
    await page.keyboard.press("ArrowDown");
    await seeFocus(page, "Delete");
    await page.keyboard.press("ArrowDown");
    await seeFocus(page, "Rotate");
    await page.keyboard.press("End");
    await seeFocus(page, "Delete");
    await page.keyboard.press("r");
    await seeFocus(page, "Rotate");
    await page.keyboard.press("Escape");
    await seeFocus(page, "Actions for by keyboard");
    assert.equal(await page.getByRole("menu").count(), 0);

    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Rotate by keyboard?" }).getByLabel("Expiry date").waitFor();
    await page.keyboard.press("Escape");
    await seeFocus(page, "Actions for by keyboard");
    await at.stack.advance(601);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Rotate by keyboard?" }).getByLabel("Expiry date").waitFor();
    await tabTo(page, "Rotate");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await seeFocus(page, "Password");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "API key rotated" }).waitFor();
    await tabTo(page, "I have copied it");
    await page.keyboard.press("Space");
    await tabTo(page, "Done");
    await page.keyboard.press("Enter");
    await seeFocus(page, "Actions for by keyboard");
    await page.keyboard.press("ArrowUp");
    await seeFocus(page, "Delete");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Delete key" }).waitFor();
    await tabTo(page, "Delete key");
    await page.keyboard.press("Enter");
    await see(page, "No active API keys");
    await seeFocus(page, "API keys");
  });
});

test("step-up comes up when a key is made late, and the key is made by itself", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await at.stack.advance(601);
    await orderKey(page, "late");
    await stepUp(page);
    await see(page.getByRole("dialog", { name: "API key created" }), "You won't see it again.");
  });
});

test("fifty active keys are all there may be; expired ones are shown when asked for, page by page", async () => {
  const user = await at.stack.makeUser();
  const today = new Date().toISOString().slice(0, 10);
  await at.stack.makeKeys(user, Array.from({ length: 50 }, (_, n) => ({ name: `old ${n}`, expiration_date: today })));
  await at.stack.advance(DAY_SECONDS);
  await at.stack.makeKeys(user, Array.from({ length: 50 }, (_, n) => ({ name: `new ${n}` })));
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Search API keys (50 available)");
    await orderKey(page, "one more");
    await see(page.getByRole("alert"), "You have as many active keys as you may have.");
    await page.keyboard.press("Escape");
    await page.getByLabel("Show", { exact: true }).selectOption("Expired");
    await see(page, "Search API keys (50 available)");
    await see(page.getByRole("row", { name: "old 0" }), "Expired");
    await page.getByRole("button", { name: "Actions for old 0" }).click();
    assert.deepEqual(await page.getByRole("menuitem").allTextContents(), ["Delete"]);
    await page.keyboard.press("Escape");
    await page.getByLabel("Show", { exact: true }).selectOption("All");
    await see(page, "Search API keys (50+ available)");
    await page.getByRole("button", { name: "Show more" }).click();
    await see(page, "Search API keys (100 available)");
    assert.equal((await names(page)).length, 100);
    // What was shown still is, after something was done.
    await page.getByRole("button", { name: "Actions for old 49" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete key" }).click();
    await see(page, "Search API keys (99 available)");
    assert.equal(new Set(await names(page)).size, 99);
  });
});

test("a search is over all keys, also those that are on their way or fail to come", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, Array.from({ length: 12 }, (_, n) => ({ name: `key ${n}` })));
  await at.visitAs(user, "", async (page) => {
    // Pages of five, each of them slow.
    await page.route("**/api-key?*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await route.continue({ url: route.request().url().replace("limit=50", "limit=5") });
    });
    await page.getByRole("link", { name: "API keys" }).click();
    await see(page, "Search API keys (5+ available)");
    await page.getByLabel("Search API keys").pressSequentially("key 1");
    await see(page, "Search API keys (12 available)");
    assert.deepEqual(await names(page), ["key 1", "key 10", "key 11"]);
    await see(page.getByRole("status"), "3 keys found");

    await page.getByLabel("Show", { exact: true }).selectOption("All");
    await page.getByLabel("Search API keys").fill("");
    await see(page, /Search API keys \((5\+|12) available\)/);
    await page.route("**/api-key?*cursor=*", (route) => route.abort());
    await page.getByLabel("Show", { exact: true }).selectOption("Active");
    await see(page, "Search API keys (5+ available)");
    await page.getByLabel("Search API keys").fill("key 11");
    await see(page.getByRole("alert"), "The service can't be reached.");
  });
});

test("a dialog that is given up changes nothing and asks nothing", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "No active API keys");
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).waitFor();
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await seeFocus(page, "New API key");
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await seeFocus(page, "New API key");
    assert.deepEqual(asked.map((url) => url.split("@current")[1]), ["/authorization-scopes"]);
  });
});

test("a dialog stays while its answer is under way, and what is seen once is not left by mistake", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    /** @type {() => void} */
    let answer = () => {};
    const answered = new Promise((resolve) => (answer = () => resolve(null)));
    await page.route("**/api-key", async (route) => {
      await answered;
      await route.continue();
    });
    await orderKey(page, "seen in any case");
    const dialog = page.getByRole("dialog");
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.getByRole("button", { name: "Close" }).click();
    answer();
    await see(dialog, "You won't see it again.");

    const asked = page.waitForEvent("dialog");
    const left = page.goto("/problems/not-found").catch(() => "stayed");
    const question = await asked;
    assert.equal(question.type(), "beforeunload");
    await question.dismiss();
    assert.equal(await left, "stayed");
    await see(dialog, "The value of seen in any case:");
    await keepValue(page);
    await page.goto("/problems/not-found");
    await see(page, "Go to User Settings");
  });
});

test("where the browser does not let the page copy, the value is selected", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
    });
    await orderKey(page, "by hand");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Copy" }).click();
    await see(dialog, "It is selected now: copy it yourself.");
    await page.keyboard.press("Control+C");
    assert.equal(await clipboard(page), await dialog.locator("code.secret").textContent());
  });
});

test("a name may be of any script, as long as the contract lets it be, and leaves the sentence around it as it is", async () => {
  const user = await at.stack.makeUser();
  const [keys, hebrew] = ["🗝".repeat(64), "מפתח (1)"];
  await at.visitAs(user, "#api-keys", async (page) => {
    for (const name of [keys, hebrew]) {
      await orderKey(page, ` ${name} `);
      await keepValue(page);
      await seeFocus(page, name === keys ? `Actions for ${name}` : `Actions for \u2068${name}\u2069`);
    }
    assert.deepEqual((await names(page)).sort(), [keys, hebrew].sort());
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Tasks" }).check();
    await page.getByLabel("Key name").fill("🗝".repeat(65));
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page, "Use 1 to 64 characters");
    await seeFocus(page, "Key name");
  });
});

test("who signs in with a provider is sent there for a fresh proof", () =>
  at.visitAs("sam", "#api-keys", async (page, browsing) => {
    await at.stack.advance(601);
    await orderKey(page, "of sam");
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await see(dialog, "Sign in again at your organisation in another tab");
    // Who says so before it is true is asked again.
    await Promise.all([page.waitForResponse("**/api-key"), dialog.getByRole("button", { name: "Try again" }).click()]);
    await see(dialog, "Sign in again at your organisation in another tab");
    const other = await browsing.newPage();
    await signInQuietly(other, "sam");
    await dialog.getByRole("button", { name: "Try again" }).click();
    await see(page, "The value of of sam:");
  }));

test("keys are put in order where there is little room too", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "a later" }, { name: "b sooner" }]);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole("button", { name: "Key name" }).click();
    await page.getByRole("columnheader", { name: "Key name" }).and(page.locator("[aria-sort]")).waitFor();
    const before = await page.getByRole("rowheader").allTextContents();
    await page.getByRole("button", { name: "Key name" }).click();
    await page.getByRole("rowheader").first().and(page.getByText(before.at(-1) ?? "")).waitFor();
    assert.deepEqual(await page.getByRole("rowheader").allTextContents(), before.toReversed());
  });
});
