// Makes the tables and the people: jane with a password alone, the others with one-time codes too.
// Prints who they are as JSON.

import { getMigrations } from "better-auth/db/migration";

import { auth } from "./auth.js";

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const password = process.env.PASSWORD;

async function signUp(name) {
  const body = { name, email: `${name}@example.com`, password };
  const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
  const cookie = headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
  return { name: body.email, cookie };
}

const people = [{ name: (await signUp("jane")).name }];
for (let number = 0; number < Number(process.env.WITH_CODES); number += 1) {
  const { name, cookie } = await signUp(`user${number}`);
  const { totpURI } = await auth.api.enableTwoFactor({ body: { password }, headers: { cookie } });
  people.push({ name, secret: new URL(totpURI).searchParams.get("secret") });
}
console.log(JSON.stringify(people));
