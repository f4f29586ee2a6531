// Times Argon2id as it is used here, at the cost that is measured everywhere: `hash.js COUNT`, a line of milliseconds each.

import { Algorithm, hashSync } from "@node-rs/argon2";

const cost = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, salt: Buffer.alloc(16) };
for (let left = Number(process.argv[2]); left > 0; left -= 1) {
  const begun = performance.now();
  hashSync("walnut-Ferry-12-gravel", cost);
  console.log(performance.now() - begun);
}
