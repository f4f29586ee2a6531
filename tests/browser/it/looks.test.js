// How the page looks: to everybody, on every screen, and at what cost.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { checkAccessibility, house, see, signInQuietly, stepUp } from "../person.js";
import { goTo, makeFullUser, ONCE, STATES } from "../states.js";

const PAGE = new URL("../../../functions/portal/page/", import.meta.url);
const BYTES_MAX = 45_000;
const CALLS_MAX = 3;
const TARGET_MIN = 44;

let fullUser = "";
const at = house(async (stack) => {
  fullUser = await makeFullUser(stack);
});

for (const state of STATES) {
  test(`${state.name}: WCAG 2.2 AA in light and dark, and one column at 320 px`, () =>
    at.visit(async (page) => {
      await goTo(page, state, fullUser);
      await checkAccessibility(page, state.name);
      await page.setViewportSize({ width: 320, height: 640 });
      const { width, small } = await page.evaluate(measure, TARGET_MIN);
      assert.ok(width <= 320, `${width} px wide`);
      assert.deepEqual(small, []);
    }));
}

/**
 * How wide the page is, and what is too small for a finger. Runs in the page.
 * @param {number} min
 */
function measure(min) {
  const place = document.querySelector("dialog[open]") ?? document;
  const targets = [...place.querySelectorAll("button, select, input:not([type=checkbox]), label.check, nav a")];
  const shown = targets.filter((target) => target.checkVisibility() && !target.closest("thead, .unseen"));
  const small = shown.filter((target) => target.getBoundingClientRect().height < min - 0.5 || target.getBoundingClientRect().width < min - 0.5);
  const widths = [document.documentElement, ...document.querySelectorAll("dialog[open] .dialog-body")].map((one) => one.scrollWidth);
  return { width: Math.max(...widths), small: small.map((target) => target.outerHTML) };
}

test("what is seen once: WCAG 2.2 AA in light and dark", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#api-keys", async (page) => {
    await ONCE.keyValue(page);
    await checkAccessibility(page, "the value of a key");
  });
  await at.visitAs(user, "#security", async (page) => {
    await ONCE.recoveryCodes(page, at.stack);
    await checkAccessibility(page, "recovery codes");
    await page.getByLabel("I have saved them").check();
    await page.getByRole("button", { name: "Done" }).click();
    await see(page, "10 are left.");
    await checkAccessibility(page, "security with MFA");
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Make new codes" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make new codes" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await checkAccessibility(page, "step-up");
    await page.getByRole("dialog", { name: "Confirm that it is you" }).getByRole("button", { name: "Cancel" }).click();
  });
});

test("step-up without a second factor asks for the password alone", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    assert.equal(await page.getByLabel("Code of your authenticator app").count(), 0);
    await stepUp(page);
    await page.getByRole("dialog", { name: "Set up an authenticator app" }).waitFor();
  });
});

test("the first load is small, and asks the service little and at once", (diagnose) =>
  at.visit(async (page, browsing) => {
    await signInQuietly(page, fullUser);
    await page.goto("/settings");
    await see(page, "Jane van Dijk");
    for (const place of ["", "#security", "#api-keys"]) {
      await page.goto("/robots.txt");
      const network = await browsing.newCDPSession(page);
      await network.send("Network.clearBrowserCache");
      await page.goto(`/settings${place}`, { waitUntil: "networkidle" });
      const { bytes, calls, callsBeforeAnswer } = await page.evaluate(weigh);
      assert.ok(bytes > 10_000 && bytes <= BYTES_MAX, `${place}: ${bytes} bytes`);
      assert.ok(calls >= 1 && calls <= CALLS_MAX, `${place}: ${calls} calls`);
      assert.equal(callsBeforeAnswer, calls, `${place}: a call waited for another`);
      diagnose.diagnostic(`first load of ${place || "the profile"}: ${bytes} bytes, ${calls} calls`);
    }
  }));

/** What the first load took: bodies as they came over the wire, and calls of the service. Runs in the page. */
function weigh() {
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntries().filter((entry) => "encodedBodySize" in entry));
  const calls = entries.filter((entry) => entry.name.includes("/user-manager/"));
  const firstAnswer = Math.min(...calls.map((call) => call.responseStart));
  const bytes = entries.filter((entry) => !calls.includes(entry)).reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  return { bytes, calls: calls.length, callsBeforeAnswer: calls.filter((call) => call.startTime < firstAnswer).length };
}

test("every word is said somewhere, and each module is loaded early", async () => {
  const names = (await readdir(PAGE)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, PAGE), "utf8")));
  const document = await readFile(new URL("index.html", PAGE), "utf8");
  for (const name of names) assert.ok(document.includes(`/assets/@/${name}"`), `${name} is not in index.html`);

  const { en, nl } = await import(new URL("words.js", PAGE).href);
  assert.deepEqual(Object.keys(nl), Object.keys(en));
  const code = texts.filter((_, index) => names[index] !== "words.js").join("\n");
  // Words that are put together: `problem_…` from what the service answers, `column_…` from the table.
  const made = [...code.matchAll(/`([a-z_]+_)\$\{/g)].map(([, prefix = ""]) => prefix);
  const unsaid = Object.keys(en).filter((word) => !code.includes(`"${word}"`) && !made.some((prefix) => word.startsWith(prefix)));
  assert.deepEqual(unsaid, []);
});

test("Dutch says everything too, without a reload", () =>
  at.visitAs("jane", "#api-keys", async (page) => {
    await see(page, "No API keys yet");
    await page.getByLabel("Language").selectOption("Nederlands");
    await see(page, "Nog geen API-sleutels");
    await see(page, "API-sleutels zoeken (0 beschikbaar)");
    assert.match(await page.title(), /API-sleutels · Gebruikersinstellingen/);
    await page.getByRole("button", { name: "Nieuwe API-sleutel" }).click();
    await checkAccessibility(page, "Dutch");
  }));

test("in forced colours, state is seen without colour", () =>
  at.visitAs("jane", "#security", async (page) => {
    await see(page, "This one");
    const outline = await page.locator("nav [aria-current]").evaluate((link) => getComputedStyle(link).outlineStyle);
    assert.equal(outline, "solid");
  }, { forcedColors: "active" }));
