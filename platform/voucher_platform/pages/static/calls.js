// Requests to the platform with the token of whoever opened the page; and where that token comes from.

import { find, keep, kept, make, say } from "./page.js";

const TOKEN = "token";
const TIMEOUT_MS = 10_000;

// No reply, or one that says nothing: what was asked may or may not have happened.
export class Lost extends Error {}

// The token of the address goes into the session and out of the address bar, where others could read it. With another
// token comes another person: nothing kept for the one before may be used for them.
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("token")) {
    if (given.get("token") !== kept(sessionStorage, TOKEN)) forget();
    token = given.get("token");
    keep(sessionStorage, TOKEN, token);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return token !== null;
}

let token = kept(sessionStorage, TOKEN);

function forget() {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing was stored.
  }
}

// Asks for a token to be pasted; the page starts again with it.
export function askForToken(why) {
  find("sign-in").hidden = false;
  find("content").hidden = true;
  find("sign-in-why").textContent = why;
}

find("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = find("token-field").value.trim();
  if (!given) return;
  location.hash = `token=${encodeURIComponent(given)}`;
  location.reload();
});

// One request. Resolves to {status, body, header, at}; throws Lost. A refusal is a reply like any other. `at`: the best
// guess for when the platform looked at its clock, the middle of the trip to the reply's first byte: its last one may be
// seconds behind on a slow line.
export async function call(method, path, { body = null, key = null, file = null, wait = TIMEOUT_MS } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  const asked = Date.now();
  let reply;
  let told;
  let at;
  try {
    reply = await fetch(path, {
      method, headers, body: file ?? (body ? JSON.stringify(body) : undefined), cache: "no-store",
      signal: AbortSignal.timeout(wait),
    });
    at = (asked + Date.now()) / 2;
    told = await reply.json();
  } catch (error) {
    throw new Lost(String(error));
  }
  if (reply.status >= 500 && reply.status !== 503) throw new Lost(`status ${reply.status}`);
  if (reply.status === 401) askForToken(say("token.wrong"));
  return { status: reply.status, body: told, header: (name) => reply.headers.get(name), at };
}

// The milliseconds a refusal asks to wait, at least one second.
export function waitOf(reply) {
  const seconds = Number(reply.header("Retry-After") ?? 1);
  return Math.max(1000, reply.body.retry_after_ms ?? 0, Number.isFinite(seconds) ? seconds * 1000 : 1000);
}

// All items of a list, page by page, at most `most` pages.
export async function listed(path, { query = {}, most = 20, wait = TIMEOUT_MS } = {}) {
  const items = [];
  let cursor = null;
  let last = null;
  for (let page = 0; page < most; page += 1) {
    const asked = new URLSearchParams({ limit: "200", ...query, ...(cursor ? { cursor } : {}) });
    last = await call("GET", `${path}?${asked}`, { wait });
    if (last.status !== 200) break;
    items.push(...last.body.items);
    cursor = last.body.next_cursor;
    if (!cursor) break;
  }
  return { status: last.status, body: last.body, at: last.at, items, more: Boolean(cursor) };
}

// A key for one intended effect.
export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A message where content could not be loaded, with a way to try again.
export function failure(again) {
  return make("div", { class: "notice bad", role: "alert" }, make("p", {}, say("no_network")),
    make("button", { type: "button", onclick: again }, say("retry")));
}
