// The service under test: one built local stack for each file of tests, with its clock, its mail and its users.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.BINARY ?? fileURLToPath(new URL("../../target/debug/local", import.meta.url));
const STEP_SECONDS = 30;

/** The password of the demo users and of every user that is made here. */
export const PASSWORD = "plover-Quagmire-7-tundra";
/** Another one that may be used. */
export const OTHER_PASSWORD = "sextant-Bramble-3-cobalt";

/** Browsers as they call themselves. */
const AGENTS = {
  laptop: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  phone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
};

/** The service at `url`. */
export class Stack {
  #process;
  #url;
  #aheadSeconds = 0;
  #users = 0;
  /** @type {Map<string, string>} What the authenticators of users hold. */
  #secrets = new Map();

  /**
   * @param {import("node:child_process").ChildProcess} process
   * @param {string} url
   */
  constructor(process, url) {
    this.#process = process;
    this.#url = url;
  }

  /** Starts one that keeps nothing. */
  static async start() {
    const options = ["--memory", "--test-doors", "--listen", "127.0.0.1:0", "--demo-password", PASSWORD];
    const process = spawn(BINARY, options, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("error", (error) => {
      throw new Error(`${BINARY} does not start; build it: cargo build -p local`, { cause: error });
    });
    for await (const line of createInterface({ input: process.stdout })) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) return new Stack(process, url);
    }
    throw new Error("the stack ended before it listened");
  }

  get url() {
    return this.#url;
  }

  async stop() {
    this.#process.kill("SIGTERM");
    await once(this.#process, "exit");
  }

  /**
   * Calls the service as a script would.
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, cookie?: string, key?: string, agent?: string}} [how]
   */
  async call(method, path, { body, cookie, key, agent = "script/1.0" } = {}) {
    /** @type {Record<string, string>} */
    const headers = { "user-agent": agent, ...(body && { "content-type": "application/json" }), ...(cookie && { cookie }), ...(key && { apikey: key }) };
    const full = path.startsWith("/_local") ? path : `/pro/user-manager/v1${path}`;
    const response = await fetch(this.#url + full, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { body: text ? JSON.parse(text) : null, cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
  }

  /** @param {number} advance_seconds */
  async advance(advance_seconds) {
    await this.call("POST", "/_local/clock", { body: { advance_seconds } });
    this.#aheadSeconds += advance_seconds;
  }

  /**
   * A session of a script, or of what says that it is this browser.
   * @param {string} user_name
   * @param {string} [agent]
   */
  async signIn(user_name, password = PASSWORD, agent) {
    const { body, cookie } = await this.call("POST", "/session", { body: { user_name, password }, agent });
    const secret = this.#secrets.get(user_name);
    if (body.status !== "mfa_required" || !secret) return cookie;
    // A code opens once.
    await this.advance(STEP_SECONDS);
    return (await this.call("POST", "/session/mfa", { body: { challenge: body.challenge, code: this.code(secret) }, agent })).cookie;
  }

  /**
   * Sessions on a laptop and a phone.
   * @param {string} user_name
   */
  async signInElsewhere(user_name) {
    for (const agent of Object.values(AGENTS)) await this.signIn(user_name, PASSWORD, agent);
  }

  /**
   * Makes a user of one test.
   * @param {Record<string, unknown>} [more]
   */
  async invite(more = {}) {
    this.#users += 1;
    const user_name = `user-${this.#users}`;
    const cookie = await this.signIn("admin");
    const body = { environment_name: "ROOT", user_name, ...more };
    const { invitation } = (await this.call("POST", "/user", { body, cookie })).body;
    return { user_name, invitation };
  }

  /**
   * A user with {@link PASSWORD}.
   * @param {Record<string, unknown>} [more]
   */
  async makeUser(more) {
    const { user_name, invitation } = await this.invite(more);
    await this.call("POST", "/session/invitation", { body: { token: invitation.token, password: PASSWORD } });
    return user_name;
  }

  /**
   * Sets up a second factor for a user; answers its secret and recovery codes.
   * @param {string} user_name
   */
  async enrol(user_name) {
    const cookie = await this.signIn(user_name);
    const { secret } = (await this.call("POST", "/user/@current/mfa/totp", { cookie })).body;
    const body = { code: this.code(secret) };
    const { recovery_codes } = (await this.call("POST", "/user/@current/mfa/totp/confirm", { body, cookie })).body;
    this.learn(user_name, secret);
    return { secret, recovery_codes };
  }

  /**
   * From now on a script signs this user in by what their authenticator shows.
   * @param {string} user_name
   * @param {string} secret
   */
  learn(user_name, secret) {
    this.#secrets.set(user_name, secret);
  }

  /**
   * Signs in with recovery codes, which are used up by it.
   * @param {string} user_name
   * @param {string[]} recovery_codes
   */
  async spendCodes(user_name, recovery_codes) {
    for (const recovery_code of recovery_codes) {
      const { challenge } = (await this.call("POST", "/session", { body: { user_name, password: PASSWORD } })).body;
      await this.call("POST", "/session/mfa", { body: { challenge, recovery_code } });
    }
  }

  /**
   * @param {string} user_name
   * @param {{name: string, scopes?: string[], expiration_date?: string}[]} keys
   */
  async makeKeys(user_name, keys) {
    const cookie = await this.signIn(user_name);
    const values = [];
    for (const key of keys) {
      const body = { scopes: ["Tasks"], ...key };
      values.push((await this.call("POST", "/user/@current/api-key", { body, cookie })).body.value);
    }
    return values;
  }

  /** @param {"off" | "optional" | "enforced"} mfa_policy */
  async setPolicy(mfa_policy) {
    await this.call("PATCH", "/account/settings", { body: { mfa_policy }, cookie: await this.signIn("admin") });
    // A change of policy may lag 30 seconds.
    await this.advance(31);
  }

  /**
   * The link in the newest mail to an address.
   * @param {string} address
   */
  async mailedLink(address) {
    await this.call("POST", "/_local/run/notifier");
    const { items } = (await this.call("GET", "/_local/mail")).body;
    const mail = items.find((/** @type {{to: string, text: string}} */ mail) => mail.to === address && mail.text.includes("#"));
    return /\S+#\S+/.exec(mail?.text ?? "")?.[0] ?? "";
  }

  /**
   * What an authenticator shows at the service's time (RFC 6238).
   * @param {string} secret
   */
  code(secret) {
    const step = Math.floor((Date.now() / 1000 + this.#aheadSeconds) / STEP_SECONDS);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", fromBase32(secret)).update(counter).digest();
    const at = (digest.at(-1) ?? 0) & 15;
    return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
  }
}

/** @param {string} text */
function fromBase32(text) {
  const bits = [...text].map((digit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(digit).toString(2).padStart(5, "0"));
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
