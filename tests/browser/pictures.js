// Takes a picture of each main state, light, dark and 360 px wide, into `shots/`; those of the README where it shows them.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { launch, see } from "./person.js";
import { Stack } from "./stack.js";
import { goTo, makeFullUser, ONCE, signInAs, STATES } from "./states.js";

/** @typedef {import("./person.js").Page} Page */

const SHOTS = fileURLToPath(new URL("shots/", import.meta.url));
const README = fileURLToPath(new URL("../../functions/portal/pictures/", import.meta.url));
const SCREENS = /** @type {const} */ ([
  { name: "light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 360, height: 740 }, colorScheme: "light" },
]);
/** The pictures of the README are shown small, beside each other. */
const README_SIZE = { width: 1180, height: 900 };
const COLOURS_MAX = 64;

const [stack, browser] = await Promise.all([Stack.start(), launch()]);
try {
  await Promise.all([SHOTS, README].map((folder) => mkdir(folder, { recursive: true })));
  for (const screen of SCREENS) await takeAll(screen);
} finally {
  await Promise.all([browser.close(), stack.stop()]);
}

/** @param {SCREENS[number]} screen */
async function takeAll({ name, ...screen }) {
  const user = await makeFullUser(stack);
  const open = async () => (await browser.newContext({ baseURL: stack.url, reducedMotion: "reduce", locale: "en-GB", ...screen })).newPage();
  const shoot = async (/** @type {Page} */ page, /** @type {string} */ state) => {
    const isWhole = !(await page.locator("dialog[open]").count());
    await page.screenshot({ path: `${SHOTS}${state}-${name}.png`, fullPage: isWhole });
    if (`${state}-${name}` === "keys-light") await shootForReadme(page, "keys");
    await page.context().close();
  };
  for (const state of STATES) {
    const page = await open();
    await goTo(page, state, user);
    await shoot(page, state.name);
  }
  const value = await open();
  await signInAs(value, user, "#api-keys");
  await ONCE.keyValue(value);
  await shoot(value, "key-value");
  const codes = await open();
  await signInAs(codes, user, "#security");
  stack.learn(user, await ONCE.recoveryCodes(codes, stack));
  await codes.screenshot({ path: `${SHOTS}recovery-codes-${name}.png` });
  await codes.getByLabel("I have saved them").check();
  await codes.getByRole("button", { name: "Done" }).click();
  await see(codes, "10 are left.");
  await codes.getByRole("button", { name: "Dismiss" }).click();
  // Turning it on ended the sessions that make the picture worth looking at.
  await stack.signInElsewhere(user);
  await codes.reload();
  await see(codes, "Firefox on Windows");
  if (name === "dark") await shootForReadme(codes, "security");
  await shoot(codes, "security-mfa");
}

/**
 * A palette of few colours makes a picture of flat areas small, and changes nothing that is seen.
 * @param {Page} page
 * @param {string} name
 */
async function shootForReadme(page, name) {
  await page.setViewportSize(README_SIZE);
  const picture = sharp(await page.screenshot());
  await picture.png({ palette: true, colours: COLOURS_MAX, dither: 0, effort: 10, compressionLevel: 9 }).toFile(`${README}${name}.png`);
}
