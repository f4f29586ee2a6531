// Accounts by e-mail and password, one-time codes and API keys, on one SQLite file.

import { DatabaseSync } from "node:sqlite";

import { apiKey } from "@better-auth/api-key";
import { Algorithm, hash, verify } from "@node-rs/argon2";
import { betterAuth } from "better-auth";
import { twoFactor } from "better-auth/plugins";

const database = new DatabaseSync(process.env.DATABASE);
// As durable as the store of the service that it is measured beside.
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");

const argon2id = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const auth = betterAuth({
  baseURL: process.env.ORIGIN,
  secret: process.env.SECRET,
  database,
  telemetry: { enabled: false },
  logger: { level: "error" },
  // Off, or the measurement would be refused.
  rateLimit: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => hash(password, argon2id),
      verify: ({ hash: stored, password }) => verify(stored, password),
    },
  },
  plugins: [
    twoFactor({ issuer: "peer", skipVerificationOnEnable: true }),
    apiKey({
      rateLimit: { enabled: false },
      permissions: { defaultPermissions: { tasks: ["read", "write"] } },
    }),
  ],
});
