// How the page looks: to everybody, on every screen, and at what cost.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { checkAccessibility, house, see, signIn, signInQuietly, stepUp } from "../person.js";
import { OTHER_PASSWORD } from "../stack.js";
import { goTo, makeFullUser, ONCE, STATES } from "../states.js";
import { en, nl } from "../../../functions/portal/page/words.js";

const PAGE = new URL("../../../functions/portal/page/", import.meta.url);
const BYTES_MAX = 45_000;
const CALLS_MAX = 3;
/** The height of what a finger meets, and the room above each part of a form, in px. */
const LEAST = { target: 44, gap: 12 };

let fullUser = "";
const at = house(async (stack) => {
  fullUser = await makeFullUser(stack);
});

for (const state of STATES) {
  test(`${state.name}: WCAG 2.2 AA in light and dark, one column at 320 px, all of it in Dutch`, () =>
    at.visit(async (page) => {
      await goTo(page, state, fullUser);
      await checkLook(page, state.name);
    }));
}

/**
 * Holds a state to what every state is held to.
 * @param {import("../person.js").Page} page
 * @param {string} what
 */
async function checkLook(page, what) {
  await checkAccessibility(page, what);
  const before = page.viewportSize() ?? { width: 1280, height: 860 };
  await page.setViewportSize({ width: 320, height: 640 });
  await checkNarrow(page, what);
  const english = await page.evaluate(texts, "en");
  const dutch = new Set(await page.evaluate(texts, "nl"));
  await checkNarrow(page, `${what}, in Dutch`);
  await page.evaluate(texts, "en");
  await page.setViewportSize(before);
  assert.deepEqual(english.filter((text) => dutch.has(text) && !SAME.has(text) && !DATA.test(text)), [], `${what}: not in Dutch`);
}

/**
 * @param {import("../person.js").Page} page
 * @param {string} what
 */
async function checkNarrow(page, what) {
  const { width, ...faults } = await page.evaluate(measure, LEAST);
  assert.ok(width <= 320, `${what}: ${width} px wide`);
  assert.deepEqual(faults, { small: [], squeezed: [], outside: [], crowded: [] }, what);
}

/** Words that are the same in both languages. */
const SAME = new Set(Object.entries(en).filter(([word, said]) => said === Object.entries(nl).find(([other]) => other === word)?.[1]).map(([, said]) => said));
/** What is the same in every language: names, values, what the demo data holds. */
const DATA = new RegExp(`^(${[
  "[^a-z]*", "user-\\d+", "jane", "sam", "demo", "English", "Nederlands", "en|nl", "\\S+@example\\.com", "Jane", "ROOT( · demo)?", "App Publisher",
  "Tasks|Session|PublishApp|PublishAimms|Authentication|User|Account|Secret|APIKey", "upk_.*", "script/1.0", "Edge|Chrome|Firefox|Safari",
  "Nightly demand forecast|CI: publish apps|Power BI export|User provisioning|Key rotation job|Weekly planning|Monthly invoice run|old one",
  "([0-9a-z]{4}-)+[0-9a-z]{4}", "user-\\d+ · ROOT · demo", "Active Directory|Single sign-on \\(SAML\\)", "status|code|session",
].join("|")})$`);

/**
 * Everything that is said in a language, to eyes and ears. Runs in the page.
 * @param {string} language
 */
function texts(language) {
  const choice = document.querySelector("select[aria-label]");
  if (choice instanceof HTMLSelectElement && choice.value !== language) {
    choice.value = language;
    choice.dispatchEvent(new Event("change"));
  }
  const found = [document.title];
  document.querySelector("noscript")?.remove();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) found.push(walker.currentNode.nodeValue ?? "");
  for (const name of ["aria-label", "alt", "title", "placeholder", "data-label"]) {
    document.querySelectorAll(`[${name}]`).forEach((element) => found.push(element.getAttribute(name) ?? ""));
  }
  return [...new Set(found.map((text) => text.trim()).filter((text) => text !== ""))];
}

/**
 * How wide the page is, what is too small for a finger, what too narrow to be read, what does not fit where it is, and
 * what stands too close below something else. Runs in the page.
 * @param {typeof LEAST} least
 */
function measure(least) {
  const all = (/** @type {string} */ selector, /** @type {ParentNode} */ place = document) =>
    [...place.querySelectorAll(selector)].filter((element) => element.checkVisibility() && !element.closest("thead, .unseen, option"));
  const box = (/** @type {Element} */ element) => element.getBoundingClientRect();
  const words = (/** @type {Element[]} */ elements) => elements.map((element) => element.outerHTML);

  const widths = [document.documentElement, ...all("dialog[open] .dialog-body")].map((one) => one.scrollWidth);
  const targets = all("button, select, input:not([type=checkbox]), label.check, nav a", document.querySelector("dialog[open]") ?? document);
  const small = targets.filter((target) => box(target).height < least.target - 0.5 || box(target).width < least.target - 0.5);
  const squeezed = all(".row > div:first-child, dd").filter((text) => text.clientWidth < 140);
  const room = (/** @type {Element} */ element) => element.closest(".card, .dialog-body")?.getBoundingClientRect().right ?? innerWidth;
  const outside = all(":is(.card, .dialog-body, nav, header.top) *").filter((element) => box(element).right > room(element));
  const cut = all("nav, .brand").filter((element) => element.scrollWidth > element.clientWidth);
  const crowded = all("form").flatMap((form) => {
    const parts = all(":scope > :not(.actions)", form).map(box).filter(({ height }) => height > 0);
    return parts.some(({ top }, index) => top - (parts[index - 1]?.bottom ?? -Infinity) < least.gap) ? [form] : [];
  });
  return { width: Math.max(...widths), small: words(small), squeezed: words(squeezed), outside: words([...outside, ...cut]), crowded: words(crowded) };
}

/** The other states, in the order in which one leads to the next: what a browser and a session cost is paid once. */
test("states of signing in", async () => {
  const user = await at.stack.makeUser();
  await at.stack.enrol(user);
  await at.visit(async (page) => {
    await page.goto("/settings");
    await signIn(page, user);
    await page.getByLabel("Code of your authenticator app").fill("12");
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "Type the six digits");
    await checkLook(page, "a code of the wrong form");
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await checkLook(page, "a recovery code");
    await page.getByRole("button", { name: "Start again" }).click();
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByLabel("User name").fill(user);
    await page.getByRole("button", { name: "Send the link" }).click();
    await see(page, "a link is on its way");
    await checkLook(page, "a link was sent");
    await page.goto("/settings#reset=nothing");
    await page.getByLabel("New password").fill(OTHER_PASSWORD);
    await page.getByLabel("New password").press("Enter");
    await see(page, "This link has been used or is over.");
    await checkLook(page, "a link that is over");
    await page.route("**/user-manager/**", (route) => route.abort());
    await page.reload();
    await see(page, "The service can't be reached.");
    await checkLook(page, "no network");
  });
});

test("states of security", async () => {
  const user = await at.stack.makeUser();
  await at.visitAs(user, "#security", async (page) => {
    await ONCE.recoveryCodes(page, at.stack);
    await checkLook(page, "recovery codes");
    await page.getByLabel("I have saved them").check();
    await page.getByRole("button", { name: "Done" }).click();
    await see(page, "10 are left.");
    await checkLook(page, "security with MFA, and what was done");
    await page.getByRole("button", { name: "Turn off" }).click();
    await checkLook(page, "turning MFA off");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Replace app" }).click();
    await page.getByLabel("Code of your authenticator app").fill("000000");
    await page.getByRole("button", { name: "Confirm" }).click();
    await see(page, "This code is not right");
    await checkLook(page, "a wrong code");
    await page.getByRole("button", { name: "Cancel" }).click();
    await at.stack.advance(601);
    await page.getByRole("button", { name: "Make new codes" }).click();
    await checkLook(page, "new codes");
    await page.getByRole("dialog").getByRole("button", { name: "Make new codes" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await checkLook(page, "step-up");
    await page.getByRole("dialog", { name: "Confirm that it is you" }).getByRole("button", { name: "Cancel" }).click();
    await page.route("**/mfa", (route) => route.fulfill({ json: { available: true, policy: "enforced", enabled: true, methods: ["totp"], recovery_codes_remaining: 2 } }));
    await page.reload();
    await see(page, "Only 2 recovery codes are left.");
    await checkLook(page, "few codes");
  });
});

test("states of keys", async () => {
  const user = await at.stack.makeUser();
  await at.stack.makeKeys(user, [{ name: "old one", expiration_date: new Date().toISOString().slice(0, 10) }]);
  await at.stack.advance(86_400);
  await at.visitAs(user, "#api-keys", async (page) => {
    await page.getByLabel("Show", { exact: true }).selectOption("Expired");
    await see(page.getByRole("table"), "Expired");
    await checkLook(page, "an expired key");
    await page.getByLabel("Search API keys").fill("nothing like this");
    await see(page, "No key matches what you search for.");
    await checkLook(page, "no match");
    await page.reload();
    await page.route("**/authorization-scopes", (route) => route.abort());
    await page.getByRole("button", { name: "New API key" }).click();
    await see(page.getByRole("dialog"), "The service can't be reached.");
    await checkLook(page, "scopes that do not come");
    await page.unroute("**/authorization-scopes");
    await page.keyboard.press("Escape");
    await ONCE.keyValue(page);
    await checkLook(page, "the value of a key");
    await page.getByLabel("I have copied it").check();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Rotate" }).click();
    await page.getByLabel("Expiry date").selectOption("Choose another date");
    await checkLook(page, "rotating to another date");
    await at.stack.call("DELETE", "/user/@current/session", { cookie: await at.stack.signIn(user) });
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await see(page, "Your session is over.");
    await checkLook(page, "a session that is over");
  });
});

test("a page about a problem", () =>
  at.visit(async (page) => {
    await page.goto("/problems/step-up-required");
    await checkAccessibility(page, "a problem");
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok((await page.evaluate(measure, LEAST)).width <= 320);
  }));

test("a dialog's buttons are in sight whole, on screens of every height", () =>
  at.visitAs(fullUser, "#api-keys", async (page) => {
    await page.getByRole("button", { name: "New API key" }).click();
    await page.getByRole("checkbox", { name: "Account" }).waitFor();
    for (const [width, height] of /** @type {const} */ ([[1280, 800], [1280, 600], [640, 520], [360, 740], [320, 640]])) {
      await page.setViewportSize({ width, height });
      for (const end of ["start", "end"]) {
        await page.getByRole("dialog").evaluate((dialog, end) => dialog.scrollTo(0, end === "end" ? dialog.scrollHeight : 0), end);
        const dialog = await page.getByRole("dialog").boundingBox();
        const button = await page.getByRole("button", { name: "Create key" }).boundingBox();
        const below = (dialog?.y ?? 0) + (dialog?.height ?? 0) - (button?.y ?? 0) - (button?.height ?? 0);
        assert.ok(below >= 12 && below <= 32, `${width}x${height}, ${end}: ${below} px below the button`);
        assert.ok((dialog?.y ?? 0) + (dialog?.height ?? 0) <= height, `${width}x${height}: the dialog ends below the screen`);
      }
    }
    // Where little is seen at once, as at 400 %, nothing lies over the rest.
    await page.setViewportSize({ width: 320, height: 256 });
    const position = await page.getByRole("dialog").locator("form > .actions").evaluate((bar) => getComputedStyle(bar).position);
    assert.equal(position, "static");
  }));

test("a phone's header is one line, however long the name", async () => {
  const user = await at.stack.makeUser({ full_name: "Wolfeschlegelsteinhausen ".repeat(8).trim() });
  await at.visitAs(user, "", async (page) => {
    await see(page, /^Wolfeschlegelsteinhausen/);
    for (const [language, width] of /** @type {const} */ ([["English", 1280], ["English", 700], ["English", 360], ["Nederlands", 320]])) {
      await page.setViewportSize({ width, height: 640 });
      await page.locator("header.top select").selectOption(language);
      const { height, scrolls } = await page.evaluate(() => {
        const header = document.querySelector("header.top");
        return { height: header?.clientHeight ?? 0, scrolls: document.documentElement.scrollWidth > innerWidth };
      });
      assert.ok(height <= 72 && !scrolls, `${language}, ${width}: ${height} px high`);
      await page.getByRole("button", { name: language === "English" ? "Sign out" : "Afmelden" }).waitFor();
    }
  });
});

test("what a phone shows of security reads down one edge", () =>
  at.visitAs(fullUser, "#security", async (page) => {
    await see(page, "This one");
    for (const width of [320, 360, 430, 600]) {
      await page.setViewportSize({ width, height: 740 });
      const edges = await Promise.all(["Change password", "Turn on"].map(async (name) => {
        const button = page.getByRole("button", { name });
        const row = page.getByRole("listitem").filter({ has: button });
        return [(await row.locator(".name").boundingBox())?.x, (await button.boundingBox())?.x];
      }));
      assert.equal(new Set(edges.flat()).size, 1, `${width}: ${edges}`);
    }
  }));

test("a browser's own size of text is honoured", () =>
  at.visitAs(fullUser, "#api-keys", async (page, browsing) => {
    const heading = page.getByRole("heading", { name: "API keys", level: 1 });
    const height = async () => (await heading.boundingBox())?.height ?? 0;
    const before = await height();
    const browser = await browsing.newCDPSession(page);
    await browser.send("Page.setFontSizes", { fontSizes: { standard: 32 } });
    assert.equal(Math.round(await height()), Math.round(2 * before));
    await page.setViewportSize({ width: 640, height: 640 });
    assert.ok((await page.evaluate(measure, LEAST)).width <= 640);
  }));

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
    await see(page, "Jane");
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
    await page.getByRole("button", { name: "Sign out" }).click();
    await see(page, "You are signed out.");
    await page.goto("/robots.txt");
    await page.goto("/settings", { waitUntil: "networkidle" });
    assert.equal((await page.evaluate(weigh)).calls, 1, "one question tells whether somebody is signed in");
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

  assert.deepEqual(Object.keys(nl), Object.keys(en));
  const code = texts.filter((_, index) => names[index] !== "words.js").join("\n");
  // Words that are put together: `problem_…` from what the service answers, `column_…` from the table.
  const made = [...code.matchAll(/`([a-z_]+_)\$\{/g)].map(([, prefix = ""]) => prefix);
  const unsaid = Object.keys(en).filter((word) => !code.includes(`"${word}"`) && !made.some((prefix) => word.startsWith(prefix)));
  assert.deepEqual(unsaid, []);
});

test("Dutch says everything too, without a reload", () =>
  at.visitAs("jane", "#api-keys", async (page) => {
    await see(page, "No active API keys");
    await page.getByLabel("Language").selectOption("Nederlands");
    await see(page, "Geen actieve API-sleutels");
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
