// API keys: made, found, rotated, deleted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clipboard, house, see, seeFocus, stepUp, tabTo } from "../person.js";

const at = house();
const DAY_SECONDS = 86_400;

/** @param {number} days */
const inDays = (days) => new Date(Date.now() + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);

/** @param {import("../person.js").Page} page */
const names = (page) => page.locator("table.keys .name").allTextContents();

test("a key is made, its value is shown once and copied", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "No API keys yet");
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
    await see(dialog, "Choose a day from today to a year from now.");
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
    await see(page.getByRole("dialog", { name: "Delete used?" }), /It was last used/);
    await page.getByRole("button", { name: "Delete key" }).click();
    await see(page.getByRole("status"), "used is deleted.");
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
    await page.keyboard.press("ArrowUp");
    await seeFocus(page, "Delete");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Delete key" }).waitFor();
    await tabTo(page, "Delete key");
    await page.keyboard.press("Enter");
    await see(page, "No API keys yet");
    await seeFocus(page, "API keys");
  });
});

test("step-up comes up when a key is made late, and the key is made by itself", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await at.stack.advance(601);
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByLabel("Key name").fill("late");
    await page.getByRole("checkbox", { name: "Tasks" }).check();
    await page.getByRole("button", { name: "Create key" }).click();
    await stepUp(page);
    await see(page.getByRole("dialog", { name: "API key created" }), "You won't see it again.");
  });
});

test("fifty keys are all there may be", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, Array.from({ length: 50 }, (_, n) => ({ name: `key ${n}` })));
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Search API keys (50 available)");
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByLabel("Key name").fill("one more");
    await page.getByRole("checkbox", { name: "Tasks" }).check();
    await page.getByRole("button", { name: "Create key" }).click();
    await see(page.getByRole("alert"), "You have as many active keys as you may have.");
  });
});

test("expired keys are shown when asked for, page by page", async () => {
  const user = await at.stack.makeUser();
  const today = new Date().toISOString().slice(0, 10);
  await at.stack.makeKeys(user, Array.from({ length: 5 }, (_, n) => ({ name: `old ${n}`, expiration_date: today })));
  await at.stack.advance(DAY_SECONDS);
  await at.stack.makeKeys(user, Array.from({ length: 48 }, (_, n) => ({ name: `new ${n}` })));
  await at.visitAs(user, "#api-keys", async (page) => {
    await see(page, "Search API keys (48 available)");
    await page.getByLabel("Show", { exact: true }).selectOption("Expired");
    await see(page, "Search API keys (5 available)");
    await see(page.getByRole("row", { name: "old 0" }), "Expired");
    await page.getByRole("button", { name: "Actions for old 0" }).click();
    assert.deepEqual(await page.getByRole("menuitem").allTextContents(), ["Delete"]);
    await page.keyboard.press("Escape");
    await page.getByLabel("Show", { exact: true }).selectOption("All");
    await see(page, "Search API keys (50+ available)");
    await page.getByRole("button", { name: "Show more" }).click();
    await see(page, "Search API keys (53 available)");
    await page.reload();
    await page.getByLabel("Show", { exact: true }).selectOption("All");
    await see(page, "Search API keys (50+ available)");
    // A search is over all of them, also those that were not fetched yet.
    await page.getByLabel("Search API keys").fill("old 4");
    await see(page, "Search API keys (53 available)");
    assert.deepEqual(await names(page), ["old 4"]);
  });
});
