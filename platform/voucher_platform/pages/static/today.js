// Today's redemptions of the shop, newest first, each with its refund.

import { call, failure, listed, Lost } from "./calls.js";
import { Effect } from "./effect.js";
import { dayOf, fen, keep, kept, make, moment, say, write, yuan } from "./page.js";

const MOST_PAGES = 40;
const SHOWN = 100;
const PLACE = "today begins after";

// Lists go by id from the first ever made. Where today begins is remembered, so a second look starts there.
async function ofToday() {
  const clock = await call("GET", "/v1/batches?limit=1");
  if (clock.status !== 200) throw new Lost(`status ${clock.status}`);
  const today = dayOf(clock.body.server_time);
  const place = JSON.parse(kept(sessionStorage, PLACE) ?? "null");
  const query = place?.day === today && place.after ? { cursor: place.after } : {};
  const page = await walked(query);
  const first = page.items.findIndex((one) => dayOf(one.redeemed_at) === today);
  if (first > 0) keep(sessionStorage, PLACE, JSON.stringify({ day: today, after: page.items[first - 1].id }));
  return { items: page.items.filter((one) => dayOf(one.redeemed_at) === today).reverse(), more: page.more };
}

async function walked(query) {
  const page = await listed("/v1/redemptions", { query, most: MOST_PAGES });
  if (page.status !== 200) throw new Lost(`status ${page.status}`);
  return page;
}

export async function showToday(place) {
  place.replaceChildren(make("p", {}, say("loading")), make("div", { class: "skeleton" }));
  try {
    const { items, more } = await ofToday();
    place.replaceChildren(...parts(items, more, () => showToday(place)));
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    place.replaceChildren(failure(() => showToday(place)));
  }
}

function parts(items, more, reload) {
  const told = make("p", { class: "strong" });
  // Told again after each refund made here: the day's sum stands above the very line that has changed.
  function add() {
    const sum = (field) => items.reduce((total, one) => total + one[field], 0);
    write(told, items.length ? say("today.sum", {
      n: items.length, voucher: yuan(sum("voucher_fen")), refunded: yuan(sum("refunded_fen")) }) : say("today.none"));
  }
  add();
  return [
    make("div", { class: "head" }, told,
      make("button", { type: "button", onclick: reload }, say("do.reload"))),
    ...(more || items.length > SHOWN ? [make("p", { class: "notice" }, say("today.partial"))] : []),
    ...items.slice(0, SHOWN).map((one) => line(one, add)),
  ];
}

function line(one, changed) {
  const refunded = make("p", { class: "strong" });
  const button = make("button", { type: "button" }, say("do.refund"));
  const root = make("article", { class: "card order" },
    make("div", { class: "head" }, make("h2", {}, one.order_no), make("p", { class: "small" }, moment(one.redeemed_at))),
    make("p", {}, say("today.paid", {
      payable: yuan(one.payable_fen), voucher: yuan(one.voucher_fen), paid: yuan(one.paid_fen) })),
    refunded, button);

  function told() {
    const whole = one.refunded_fen >= one.payable_fen;
    write(refunded, one.refunded_fen === 0 ? "" : say(whole ? "today.refunded_whole" : "today.refunded",
      { amount: yuan(one.refunded_fen) }));
    button.hidden = whole;
  }

  button.addEventListener("click", () => {
    button.hidden = true;
    root.append(form(one, () => {
      told();
      changed();
    }));
  });
  told();
  return root;
}

function form(one, told) {
  const effect = new Effect(`refund ${one.id}`);
  const left = () => one.payable_fen - one.refunded_fen;
  const id = `refund-${one.id}`;
  const field = make("input", { id, inputmode: "decimal", autocomplete: "off", value: yuan(effect.body()?.amount_fen ?? left()) });
  const said = make("p", { class: "hint", role: "status" });
  const wrong = make("p", { class: "notice bad", role: "alert", hidden: true });
  const confirm = make("button", { type: "submit", class: "main" }, say("do.confirm_refund"));
  const root = make("form", { class: "refund" }, make("label", { for: id }, say("refund.amount"), field),
    make("div", { class: "row" }, confirm,
      make("button", { type: "button", onclick: () => { field.value = yuan(left()); } }, say("do.refund_whole")),
      make("button", { type: "button", onclick: () => close() }, say("do.cancel"))), said, wrong);

  function close() {
    root.remove();
    told();
  }

  // A refusal looks and sounds as at the till's other form; nothing of it is left beside the next answer.
  function complain(text) {
    write(said, "");
    write(wrong, text);
    wrong.hidden = false;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }

  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (effect.working) return;
    wrong.hidden = true;
    field.removeAttribute("aria-invalid");
    const amount = fen(field.value);
    if (!amount || amount > left()) return complain(say("wrong.refund", { most: yuan(left()) }));
    confirm.disabled = true;
    write(said, say("refund.asking"));
    const end = await effect.run(`/v1/redemptions/${one.id}/refunds`, { amount_fen: amount });
    confirm.disabled = false;
    if (end.kind === "unsure") return write(said, end.seconds ? say("busy", end) : say("refund.unsure"));
    if (end.kind === "refused") return complain(reason(end.code));
    one.refunded_fen += end.body.amount_fen;
    root.replaceChildren(make("div", { class: "notice good", role: "status" },
      make("p", { class: "strong" }, say("refund.done", { amount: yuan(end.body.amount_fen) })),
      make("ul", {}, ...whereTo(end.body).map((part) => make("li", {}, part)))));
    return told();
  });
  return root;
}

// Where each part of a refund goes: they add up to its amount, so nothing of it seems lost.
function whereTo({ user_fen: user, voucher_fen: voucher, platform_fen: platform, fund_fen: fund, voucher_returned }) {
  const part = (name, amount) => (amount ? [say(name, { amount: yuan(amount) })] : []);
  const ofVoucher = voucher_returned ? [say("refund.returned", { amount: yuan(voucher) })] : [
    ...part("refund.to_fund", fund), ...part("refund.used_up", voucher - fund), say("refund.not_returned")];
  return [say("refund.to_user", { amount: yuan(user) }), ...ofVoucher, ...part("refund.to_platform", platform)];
}

function reason(code) {
  const advice = say(`advice.${code}`);
  const said = say("failed", { reason: say(`refusal.${code}`) });
  return advice === `advice.${code}` ? said : `${said} ${advice}`;
}
