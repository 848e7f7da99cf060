// The phone's page: batches to claim, one's own vouchers, a voucher's code and fate, shops. One view at a time.

import { askForToken, call, failure, listed, Lost, takeToken } from "./calls.js";
import { Claims } from "./claims.js";
import { Cards } from "./cards.js";
import { find, make, moment, pause, say, sayWhole } from "./page.js";
import { showShops } from "./shops.js";
import { showVoucher, voucherLine } from "./voucher.js";

const REFRESH_MS = 15_000;
const AFTER_A_CLAIM_MS = 1_000;
const MOST_OF_A_LINE = 0.1; // the share of its time that looking again may take
const SHOP_LINK = /^#shops(?:\/([\w-]+))?$/;
const VOUCHER_LINK = /^#voucher\/([\w-]+)$/;

const store = {
  batches: [], vouchers: new Map(), ahead: 0, changes: 0, at: null, due: false, took: 0,
  now: () => Date.now() + store.ahead };
const claims = new Claims({
  changed: (batchId) => {
    store.changes += 1;
    cards.update(batchId);
  },
  won: (voucher) => {
    count(voucher);
    lookAgain();
  },
  held: () => refresh(),
});
const cards = new Cards(store, claims);
let leave = () => {};

// Lists that were asked for before a claim was answered may contradict it: they are dropped, and asked for again.
async function load() {
  const changes = store.changes;
  const asked = Date.now();
  const [batches, vouchers] = await Promise.all([listed("/v1/batches"), listed("/v1/vouchers")]);
  store.took = Date.now() - asked;
  if (batches.status !== 200 || vouchers.status !== 200) {
    if (batches.status === 401 || batches.status === 403) return askForToken(say("token.wrong"));
    throw new Lost("lists");
  }
  if (changes !== store.changes) return;
  store.ahead = Date.parse(batches.body.server_time) - batches.at;
  store.at = store.now();
  store.due = false;
  store.batches = batches.items;
  store.vouchers = new Map(vouchers.items.map((voucher) => [voucher.id, voucher]));
  for (const batch of store.batches) claims.forgetRefusal(batch.id);
}

async function refresh() {
  try {
    await load();
    find("stale").hidden = true;
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    if (store.at === null) throw error;
    find("stale").hidden = false;
    find("stale").replaceChildren(...sayWhole("stale", { time: moment(store.at) }));
  }
  if (showsBatches()) cards.show();
}

function viewOf({ hash }) {
  return hash || "#batches";
}

function showsBatches() {
  return viewOf(location) === "#batches";
}

// Nobody sees the lists on other views, and while a claim is under way a slow line is the claim's: what came meanwhile
// would be dropped anyway.
function isLookedAt() {
  return !document.hidden && find("sign-in").hidden && showsBatches() && claims.working.size === 0;
}

// One's own voucher is no longer left to others. A claim that is answered once more is in the lists already.
function count(voucher) {
  const batch = store.batches.find((each) => each.id === voucher.batch_id);
  if (batch && !store.vouchers.has(voucher.id)) batch.remaining = Math.max(0, batch.remaining - 1);
  store.vouchers.set(voucher.id, voucher);
  store.due = true;
}

// What is left has changed by more than one's own claim. Spread, for many have won at the same moment. Whoever went
// elsewhere meanwhile gets the lists anew on coming back.
async function lookAgain() {
  await pause(AFTER_A_CLAIM_MS * (1 + Math.random()));
  if (store.due && isLookedAt()) await refresh();
}

async function keepRefreshing() {
  for (;;) {
    const rest = Math.max(REFRESH_MS, store.took / MOST_OF_A_LINE);
    await pause(rest * (0.8 + 0.4 * Math.random())); // spread, or ten thousand phones would ask at once
    if (isLookedAt()) await refresh();
  }
}

// The line is back: what was under way goes on under its key, and lists are as of now.
async function backOnline() {
  if (!find("sign-in").hidden) return;
  await refresh();
  claims.resume(store.batches);
}

function showWallet() {
  const held = [...store.vouchers.values()].sort((a, b) => b.claimed_at.localeCompare(a.claimed_at));
  const lines = held.map((voucher) => voucherLine(voucher, store));
  find("view").replaceChildren(...(lines.length ? lines : [make("p", { class: "notice" }, say("no_vouchers"))]));
}

function show() {
  leave();
  leave = () => {};
  const hash = viewOf(location);
  const shops = SHOP_LINK.exec(hash);
  const voucher = VOUCHER_LINK.exec(hash);
  for (const tab of document.querySelectorAll("nav a")) {
    const here = hash.startsWith(tab.hash) || (voucher && tab.hash === "#wallet");
    if (here) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (shops) leave = showShops(find("view"), store.vouchers.get(shops[1]), store) ?? leave;
  else if (voucher) leave = showVoucher(find("view"), voucher[1], store);
  else if (hash === "#wallet") showWallet();
  else cards.show({ anew: true });
}

// Another view is read from its beginning. Where that is in sight nothing moves, so head and tabs stay under the finger
// that has tapped; a browser would bring the view's middle there for the focus.
function toItsBeginning() {
  const below = Math.max(0, document.querySelector("nav").getBoundingClientRect().bottom);
  if (find("view").getBoundingClientRect().top < below) scrollTo(0, 0);
}

async function start() {
  if (!takeToken()) return askForToken(say("token.help"));
  try {
    await refresh();
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    return find("view").replaceChildren(failure(() => location.reload()));
  }
  if (!find("sign-in").hidden) return undefined;
  window.addEventListener("hashchange", ({ oldURL }) => {
    if (takeHashToken()) return;
    show();
    find("view").focus({ preventScroll: true });
    if (viewOf(new URL(oldURL)) !== viewOf(location)) toItsBeginning();
    if (isLookedAt() && (store.due || store.now() - store.at > REFRESH_MS)) refresh();
  });
  window.addEventListener("online", backOnline);
  window.addEventListener("offline", () => refresh());
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  show();
  claims.resume(store.batches);
  setInterval(() => cards.tick(), 250);
  return keepRefreshing();
}

// A new token in the address of a page that is open: somebody else sits here now.
function takeHashToken() {
  if (!location.hash.startsWith("#token=")) return false;
  takeToken();
  location.reload();
  return true;
}

start();
