// One voucher: its code to be scanned, renewed in time, and what became of it.

import { scope } from "./cards.js";
import { call, failure, Lost } from "./calls.js";
import { make, moment, say, sayWhole, write, yuan } from "./page.js";

const RENEW_MS = 30_000;
const SPARE_MS = 3_000;
const RETRY_MS = 3_000;
const LOOK_MS = 5_000;
const TICK_MS = 250;
const DATE_STEP_MS = 1_000;
const SVG = "http://www.w3.org/2000/svg";

// What the holder is shown: an issued voucher whose time has not come, or has gone, is not ready to use.
function fate(voucher, store) {
  if (voucher.state !== "issued") return voucher.state;
  if (store.now() < Date.parse(voucher.valid_from)) return "waiting";
  return store.now() >= Date.parse(voucher.valid_until) ? "expired" : "issued";
}

function heading(voucher, store) {
  const batch = store.batches.find((each) => each.id === voucher.batch_id);
  const state = fate(voucher, store);
  return [
    make("div", { class: "head" }, make("h2", {}, batch?.name ?? say("title")),
      make("p", { class: `badge ${state}` }, say(`voucher.${state}`))),
    make("p", { class: "face" },
      say("face", { threshold: yuan(voucher.threshold_fen), face: yuan(voucher.face_fen) })),
    make("p", { class: "small" },
      ...sayWhole("voucher.valid", {
        from: moment(voucher.valid_from, store.now()), to: moment(voucher.valid_until, voucher.valid_from) })),
    ...(batch ? [make("p", { class: "small" }, scope(batch))] : []),
  ];
}

export function voucherLine(voucher, store) {
  const usable = fate(voucher, store) === "issued";
  return make("article", { class: "card", "data-state": usable ? "open" : "ended" }, ...heading(voucher, store),
    make("a", { class: usable ? "button main" : "button", href: `#voucher/${voucher.id}` },
      say(usable ? "voucher.use" : "voucher.details")));
}

// Shows the voucher until the function that is returned is called.
export function showVoucher(view, id, store) {
  const shown = { alive: true, timers: [], voucher: store.vouchers.get(id), holdsUntil: null };
  const card = make("article", { class: "card" });
  const code = make("div", { class: "code" });
  const use = make("div", { class: "use", "aria-live": "polite" });
  view.replaceChildren(make("a", { class: "button plain", href: "#wallet" }, say("back")), card, use);

  function draw() {
    card.replaceChildren(...heading(shown.voucher, store),
      ...(fate(shown.voucher, store) === "issued" ? [code] : []),
      make("a", { class: "button", href: `#shops/${id}` }, say("voucher.shops")));
  }

  async function start() {
    try {
      if (!shown.voucher) {
        const reply = await call("GET", `/v1/vouchers/${id}`);
        if (reply.status !== 200) return view.replaceChildren(failure(start));
        shown.voucher = reply.body;
      }
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return view.replaceChildren(failure(start));
    }
    if (!shown.alive) return undefined;
    draw();
    if (fate(shown.voucher, store) === "issued") renew(shown, code);
    return look();
  }

  // The holder stands at a till: whatever it said is here a few seconds later.
  async function look() {
    try {
      const reply = await call("GET", `/v1/vouchers/${id}/use`);
      if (!shown.alive) return;
      if (reply.status === 200) {
        if (reply.body.state !== shown.voucher.state) {
          shown.voucher = { ...shown.voucher, state: reply.body.state };
          store.vouchers.set(id, shown.voucher);
          draw();
          if (reply.body.state === "issued") renew(shown, code);
        }
        const told = JSON.stringify(reply.body);
        if (told !== shown.told) use.replaceChildren(...useOf(reply.body, store.now()));
        shown.told = told;
      }
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
    if (shown.alive) shown.timers.push(setTimeout(look, LOOK_MS));
  }

  const ticking = setInterval(() => tick(shown, code), TICK_MS);
  start();
  return () => {
    shown.alive = false;
    clearInterval(ticking);
    shown.timers.forEach(clearTimeout);
  };
}

async function renew(shown, place) {
  if (!shown.alive || shown.voucher.state !== "issued") return;
  let next = RETRY_MS;
  try {
    if (shown.voucher.code !== null) {
      await paint(shown, place, shown.voucher.code, { label: say("code.text"), how: say("code.how") });
      return;
    }
    const reply = await call("GET", `/v1/vouchers/${shown.voucher.id}/code`);
    if (reply.status === 200) {
      const life = lifeOf(reply);
      await paint(shown, place, reply.body.code, {
        label: say("code.camera"), how: say("code.scan"), until: reply.at + life });
      next = Math.min(RENEW_MS - SPARE_MS, Math.max(1000, life - SPARE_MS));
    }
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    tellLost(shown, place);
  }
  if (shown.alive) shown.timers.push(setTimeout(() => renew(shown, place), next));
}

// Milliseconds a code still holds. The reply's own date is compared, not this phone's clock; it tells whole seconds.
function lifeOf(reply) {
  const date = Date.parse(reply.header("Date") ?? "");
  return Number.isNaN(date) ? RENEW_MS : Date.parse(reply.body.expires_at) - date - DATE_STEP_MS;
}

// How long the code on the screen still holds: whoever has copied it, or has lost the line, sees it run out.
function tick(shown, place) {
  const told = place.querySelector(".holds");
  if (!told) return;
  const seconds = Math.ceil((shown.holdsUntil - Date.now()) / 1000);
  write(told, seconds > 0 ? say("code.holds", { seconds }) : say("code.stale"));
}

function tellLost(shown, place) {
  const how = place.querySelector(".hint");
  if (how) write(how, say("code.lost"));
  else place.replaceChildren(make("p", { class: "hint" }, say("code.lost")));
}

// `until`: when the code ends, by this phone's clock; of one that does not change, null.
async function paint(shown, place, text, { label, how, until = null }) {
  const reply = await call("POST", "/pages/qr", { body: { text } });
  if (!shown.alive || reply.status !== 200) return;
  const changing = until !== null;
  shown.holdsUntil = until;
  const focused = place.contains(document.activeElement);
  const code = make("code", { class: changing ? "small" : null }, spaced(text));
  const copying = copyButton(text, code);
  place.replaceChildren(picture(reply.body),
    ...(changing ? [make("p", { class: "holds strong" })] : []),
    make("p", { class: "code-text" }, make("span", { class: "small" }, label), code), ...copying,
    make("p", { class: "hint" }, how));
  if (focused) copying[0].focus({ preventScroll: true });
  tick(shown, place);
}

// Whoever tries on a computer has no scanner: the code goes to the till by the clipboard. Without one, as on a page that
// is not secure, or where it is forbidden, the code is selected to be copied by hand.
function copyButton(text, code) {
  const told = make("p", { class: "small", role: "status" });
  const button = make("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      write(told, say("code.copied"));
    } catch {
      getSelection().selectAllChildren(code);
      write(told, say("code.selected"));
    }
  } }, say("code.copy"));
  return [button, told];
}

// Each row's dark runs as one path: a tenth of what a rectangle for each module would be.
function picture({ size, modules }) {
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (const run of modules.slice(row * size, (row + 1) * size).matchAll(/1+/g)) {
      path += `M${run.index} ${row}h${run[0].length}v1h-${run[0].length}z`;
    }
  }
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", say("code.alt"));
  svg.setAttribute("shape-rendering", "crispEdges");
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

function spaced(text) {
  return text.length > 20 ? text : text.replace(/(.{4})(?=.)/g, "$1 ");
}

function useOf(use, now) {
  const parts = [];
  const refusal = use.last_refusal;
  if (refusal && (use.redeemed_at === null || refusal.at > use.redeemed_at)) {
    const shop = refusal.merchant_name ?? say("use.unknown_shop");
    parts.push(make("section", { class: "notice bad" }, make("h2", {}, say("use.refused")),
      make("p", { class: "strong" }, say(`refusal.${refusal.code}`)), make("p", {}, say(`advice.${refusal.code}`)),
      make("p", { class: "small" }, ...sayWhole("use.refused_at", { time: moment(refusal.at, now), shop }))));
  }
  if (use.redeemed_at !== null) {
    parts.push(make("section", { class: "card" }, make("h2", {}, say("use.redeemed")),
      make("p", {}, say("use.shop", { shop: use.merchant_name ?? say("use.unknown_shop") })),
      make("p", {}, ...sayWhole("use.time", { time: moment(use.redeemed_at, now) })),
      make("p", {}, say("use.paid", { voucher: yuan(use.voucher_fen), paid: yuan(use.paid_fen) })),
      make("p", { class: "small" }, say("use.order", { order: use.order_no }))));
  }
  if (use.refunds.length) {
    const lines = use.refunds.map((refund) => make("li", {}, ...sayWhole("use.refund", {
      time: moment(refund.refunded_at, now), amount: yuan(refund.amount_fen), user: yuan(refund.user_fen) })));
    const returned = use.refunds.some((refund) => refund.voucher_returned);
    parts.push(make("section", { class: "card" }, make("h2", {}, say("use.refunds")), make("ul", {}, ...lines),
      make("p", { class: "strong" }, say(returned ? "use.returned" : "use.not_returned"))));
  }
  return parts;
}
