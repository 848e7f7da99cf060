// What became of an order, in one glance, and what the cashier can do next.

import { find, make, say, write, yuan } from "./page.js";

const AMOUNTS = new Set(["below_threshold", "excluded_goods", "invalid_request"]);
const CODES = new Set(["code_stale", "unknown_voucher"]);
const BUTTONS = ["result-button", "result-other"];

// Why an order was refused. What is missing stands first: it is what the cashier says to the customer.
export function reasons({ code, body: refusal }, order) {
  const advice = `advice.${code}`;
  const told = [say(`refusal.${code}`), ...(say(advice) === advice ? [] : [say(advice)])];
  if (!refusal.threshold_fen) return told;
  const counted = order.order_total_fen - order.merchant_discount_fen - order.excluded_goods_fen;
  const values = { threshold: yuan(refusal.threshold_fen), short: yuan(refusal.threshold_fen - counted) };
  return [say("result.short", values), ...told];
}

// What the same customer can put right at once, if anything: what was typed stays.
export function correction(code) {
  if (AMOUNTS.has(code)) return ["do.change"];
  return CODES.has(code) ? ["do.rescan"] : [];
}

// `does`: the names of what the buttons below do, two at most; the first has the focus.
export function show(kind, title, lines, does = []) {
  const result = find("result");
  result.dataset.kind = kind;
  result.hidden = false;
  write(find("result-title"), title);
  find("result-lines").replaceChildren(...lines.map((line) => make("p", {}, line)));
  BUTTONS.forEach((id, place) => {
    const button = find(id);
    button.hidden = place >= does.length;
    write(button, does[place] ? say(does[place]) : "");
    button.dataset.does = does[place] ?? "";
  });
  if (does.length) find(BUTTONS[0]).focus();
}
