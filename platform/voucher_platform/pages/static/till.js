// The till's page: scan, amount, redeem; the result in one glance; refunds and today's list.

import { askForToken, call, failure, listed, Lost, takeToken } from "./calls.js";
import { Effect } from "./effect.js";
import { fen, find, kept, keep, lists, make, say, write, yuan } from "./page.js";
import { readPhoto } from "./photo.js";
import { correction, reasons, show } from "./result.js";
import { showToday } from "./today.js";

const CODE = /^[A-Za-z0-9.]{8,120}$/;
const cityTime = new Intl.DateTimeFormat("sv-SE", { timeZone: lists.zone, dateStyle: "short", timeStyle: "medium" });
const shop = { name: "", tills: [], till: "", ahead: 0 };
const effect = new Effect("redeem");

// With the time a receipt would carry: the business's, in the city's zone.
function orderNumber() {
  const stamp = cityTime.format(new Date(Date.now() + shop.ahead)).replace(/\D/g, "").slice(2);
  const random = Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, "0"));
  return `${shop.till}-${stamp}-${random.join("")}`.slice(0, 64);
}

// What a scanner typed: some add spaces or a line end, a person types the groups of four that the phone shows.
function typedCode() {
  return find("code").value.replace(/\s+/g, "");
}

// The order as typed, or the name of the text that says what is wrong, and where.
function order() {
  const code = typedCode();
  if (!CODE.test(code)) return { wrong: "wrong.code", field: "code" };
  const total = fen(find("amount").value);
  if (!total) return { wrong: "wrong.amount", field: "amount" };
  const discount = optional("discount");
  if (discount === null || discount >= total) return { wrong: "wrong.discount", field: "discount" };
  const excluded = optional("excluded");
  if (excluded === null || excluded > total - discount) return { wrong: "wrong.excluded", field: "excluded" };
  return {
    body: {
      code, order_no: find("order").value, till_number: shop.till, order_total_fen: total,
      merchant_discount_fen: discount, excluded_goods_fen: excluded,
    },
  };
}

function optional(field) {
  return find(field).value.trim() === "" ? 0 : fen(find(field).value);
}

function complain({ wrong, field }) {
  write(find("wrong"), say(wrong));
  find("wrong").hidden = false;
  find(field).setAttribute("aria-invalid", "true");
  find(field).focus();
}

async function redeem() {
  find("wrong").hidden = true;
  for (const field of ["code", "amount", "discount", "excluded"]) find(field).removeAttribute("aria-invalid");
  const asked = order();
  if (asked.wrong) return complain(asked);
  return send(asked.body);
}

// Sends the order, or again the very same one if no answer came; a press meanwhile does nothing.
async function send(body) {
  if (effect.working) return;
  lock(true);
  show("asking", say("result.asking"), []);
  const end = await effect.run("/v1/redemptions", body);
  if (end.kind === "done") {
    const { voucher_fen: voucher, paid_fen: paid } = end.body;
    show("done", say("result.done"), [
      say("result.collect", { paid: yuan(paid) }), say("result.off", { voucher: yuan(voucher) }), say("result.next")],
    ["do.next"]);
  } else if (end.kind === "unsure") {
    show("unsure", say("result.unsure"), [
      end.seconds ? say("result.wait", { seconds: end.seconds }) : say("result.unsure_next")], ["do.check"]);
  } else {
    show("refused", say("result.refused"), reasons(end, body), [...correction(end.code), "do.next"]);
    if (end.code === "invalid_token") askForToken(say("token.wrong"));
  }
}

function next() {
  find("result").hidden = true;
  lock(false);
  find("redeem-form").reset();
  find("order").value = orderNumber();
  write(find("photo-told"), "");
  find("code").focus();
}

// The order as it was typed, for whoever reads it or has to put it right after a reload.
function fill(body) {
  find("code").value = body.code;
  find("amount").value = yuan(body.order_total_fen);
  find("discount").value = body.merchant_discount_fen ? yuan(body.merchant_discount_fen) : "";
  find("excluded").value = body.excluded_goods_fen ? yuan(body.excluded_goods_fen) : "";
}

// The same customer again, as an order of its own: the refused one left nothing behind, and its key is not used again.
function again(field) {
  find("result").hidden = true;
  lock(false);
  find("order").value = orderNumber();
  find(field).focus();
  find(field).select();
}

function pressed(event) {
  const { does } = event.currentTarget.dataset;
  if (does === "do.check") send(effect.body());
  else if (does === "do.change") again("amount");
  else if (does === "do.rescan") again("code");
  else next();
}

function lock(locked) {
  find("fields").disabled = locked;
}

// A scan gun types the code and presses Enter: then comes the amount, or with an amount typed before, the order.
function entered(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (find("amount").value.trim() === "") find("amount").focus();
  else redeem();
}

async function photographed() {
  const file = find("photo").files[0];
  if (!file) return;
  write(find("photo-told"), say("photo.reading"));
  const { code, told } = await readPhoto(file);
  find("photo").value = "";
  write(find("photo-told"), told);
  if (code) {
    find("code").value = code;
    find("amount").focus();
  }
}

function tab() {
  const today = location.hash === "#today";
  find("redeem").hidden = today;
  find("today").hidden = !today;
  for (const each of document.querySelectorAll("nav a")) {
    if ((each.hash === "#today") === today) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  if (today) showToday(find("today"));
  else if (!find("fields").disabled) find("code").focus();
}

async function openShop() {
  const [page, clock] = await Promise.all([listed("/v1/merchants"), call("GET", "/v1/batches?limit=1")]);
  if (page.status !== 200) return false;
  const own = page.items[0];
  shop.tills = own.till_numbers;
  if (clock.status === 200) shop.ahead = Date.parse(clock.body.server_time) - clock.at;
  const known = kept(localStorage, "till");
  shop.till = shop.tills.includes(known) ? known : (shop.tills[0] ?? "");
  write(find("shop"), own.name);
  find("till").replaceChildren(...shop.tills.map((till) => make("option", { value: till }, till)));
  find("till").value = shop.till;
  if (own.status === "suspended") warn("suspended");
  if (!shop.till) warn("no_till");
  return true;
}

function warn(text) {
  find("warning").hidden = false;
  write(find("warning"), say(text));
}

function chosen() {
  shop.till = find("till").value;
  keep(localStorage, "till", shop.till);
  find("order").value = orderNumber();
}

async function start() {
  if (!takeToken()) return askForToken(say("token.help"));
  try {
    if (!(await openShop())) return askForToken(say("token.wrong"));
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    find("content").prepend(failure(() => location.reload()));
    return undefined;
  }
  find("order").value = orderNumber();
  find("redeem-form").addEventListener("submit", (event) => {
    event.preventDefault();
    redeem();
  });
  find("code").addEventListener("keydown", entered);
  find("photo").addEventListener("change", photographed);
  find("till").addEventListener("change", chosen);
  for (const id of ["result-button", "result-other"]) find(id).addEventListener("click", pressed);
  window.addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#token=")) return tab();
    takeToken();
    return location.reload();
  });
  find("till-content").hidden = false;
  tab();
  // An order that was sent before a reload, and never answered: the cashier finds out first.
  if (effect.body()) {
    lock(true);
    fill(effect.body());
    show("unsure", say("result.unsure"), [say("result.unsure_next")], ["do.check"]);
  }
  return undefined;
}

start();
