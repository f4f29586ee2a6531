// Serves what the library serves, and one path of its own for who holds a key.

import { createServer } from "node:http";

import { toNodeHandler } from "better-auth/node";

import { auth } from "./auth.js";

const library = toNodeHandler(auth);

async function check(request, response) {
  const { valid, key } = await auth.api.verifyApiKey({ body: { key: request.headers["x-api-key"] ?? "" } });
  const body = valid ? { name: key.name, scopes: key.permissions, expires_at: key.expiresAt } : {};
  response.writeHead(valid ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body));
}

createServer((request, response) => {
  if (request.url === "/check") {
    check(request, response).catch((error) => response.destroy(error));
  } else {
    library(request, response);
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
