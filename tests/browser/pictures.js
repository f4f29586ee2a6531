// Takes a picture of each main state: light, dark and 360 px wide, into `shots/`.

import { mkdir } from "node:fs/promises";
import { launch } from "./person.js";
import { Stack } from "./stack.js";
import { goTo, makeFullUser, ONCE, signInAs, STATES } from "./states.js";

const FOLDER = new URL("shots/", import.meta.url);
const SCREENS = /** @type {const} */ ([
  { name: "light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 360, height: 740 }, colorScheme: "light" },
]);

const [stack, browser] = await Promise.all([Stack.start(), launch()]);
try {
  await mkdir(FOLDER, { recursive: true });
  for (const { name, ...screen } of SCREENS) {
    const user = await makeFullUser(stack);
    const open = async () => (await browser.newContext({ baseURL: stack.url, reducedMotion: "reduce", ...screen })).newPage();
    const shoot = async (/** @type {import("./person.js").Page} */ page, /** @type {string} */ state) => {
      await page.screenshot({ path: new URL(`${state}-${name}.png`, FOLDER).pathname, fullPage: !(await page.locator("dialog[open]").count()) });
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
    await ONCE.recoveryCodes(codes, stack);
    await shoot(codes, "recovery-codes");
  }
} finally {
  await Promise.all([browser.close(), stack.stop()]);
}
