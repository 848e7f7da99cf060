// The cards of the batches. Each is made once; afterwards only words change, so nothing jumps under a finger.

import { find, countdown, lists, make, moment, say, sayWhole, write, yuan } from "./page.js";
import { isUsable, placeOf, stateOf } from "./states.js";

const UNTOUCHED_MS = 10_000;

export class Cards {
  constructor(store, claims) {
    this.store = store;
    this.claims = claims;
    this.made = new Map();
    this.news = [];
    this.order = [];
    this.touched = 0;
    for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
      window.addEventListener(kind, () => { this.touched = Date.now(); }, { passive: true, capture: true });
    }
  }

  // What can be claimed comes first, then what will be, then what one can still use, then the rest. Nothing changes its
  // place under a finger: only for whoever has just come here, or has not touched the page for a while. New ones come
  // at the end meanwhile.
  arranged(anew) {
    const known = anew || Date.now() - this.touched > UNTOUCHED_MS ? [] : this.order;
    const place = (batch) => (known.includes(batch.id) ? known.indexOf(batch.id)
      : known.length + placeOf(this.state(batch).state, this.usable(batch.id)));
    const batches = [...this.store.batches].sort((one, other) => place(one) - place(other));
    this.order = batches.map((batch) => batch.id);
    return batches;
  }

  // A card that stays is not touched: taken out and put back it would lose the focus of whoever is on it.
  show({ anew = false } = {}) {
    const view = find("view");
    const focused = document.activeElement;
    const cards = this.arranged(anew).map((batch) => this.card(batch).root);
    const wanted = cards.length ? cards : [make("p", { class: "notice" }, say("no_batches"))];
    for (const there of [...view.children]) if (!wanted.includes(there)) there.remove();
    wanted.forEach((root, place) => {
      if (view.children[place] !== root) view.insertBefore(root, view.children[place] ?? null);
    });
    if (document.activeElement !== focused) focused.focus({ preventScroll: true });
    for (const batch of this.store.batches) {
      this.update(batch.id);
      this.dates(batch);
    }
  }

  // With the year where it is not this one; the sandbox may move into another while the page is open.
  dates(batch) {
    const values = {
      from: moment(batch.claim_opens_at, this.store.now()), to: moment(batch.claim_closes_at, batch.claim_opens_at) };
    const place = this.made.get(batch.id).dates;
    if (place.textContent !== say("window", values)) place.replaceChildren(...sayWhole("window", values));
  }

  // What has changed is told to who cannot see it once, all at a time; a countdown is not news.
  tick() {
    for (const batch of this.store.batches) this.update(batch.id);
    if (this.news.length) find("news").replaceChildren(...this.news.splice(0));
  }

  card(batch) {
    if (!this.made.has(batch.id)) this.made.set(batch.id, this.build(batch));
    return this.made.get(batch.id);
  }

  build(batch) {
    const part = {
      badge: make("p", { class: "badge" }),
      dates: make("p", { class: "small" }),
      left: make("p", { class: "left" }),
      hint: make("p", { class: "hint" }),
      button: make("button", { type: "button", class: "main" }),
    };
    part.button.addEventListener("click", () => this.press(batch.id));
    const title = say("face", { threshold: yuan(batch.threshold_fen), face: yuan(batch.face_fen) });
    part.root = make("article", { class: "card batch", "data-batch": batch.id },
      make("div", { class: "head" }, make("h2", {}, batch.name), part.badge),
      make("p", { class: "face" }, title),
      make("p", { class: "small" }, scope(batch)),
      batch.claim_area
        ? make("p", { class: "small" }, say("area", { km: Math.round(batch.claim_area.radius_m / 100) / 10 })) : null,
      part.dates, part.left, part.button, part.hint);
    return part;
  }

  held(batchId) {
    return [...this.store.vouchers.values()].filter(
      (voucher) => voucher.batch_id === batchId && voucher.state !== "void").length;
  }

  usable(batchId) {
    return [...this.store.vouchers.values()].some(
      (voucher) => voucher.batch_id === batchId && isUsable(voucher, this.store.now()));
  }

  state(batch) {
    const note = this.claims.notes.get(batch.id) ?? null;
    return stateOf({ batch, held: this.held(batch.id), note, now: this.store.now(), clock: Date.now() });
  }

  update(batchId) {
    const batch = this.store.batches.find((each) => each.id === batchId);
    const card = this.made.get(batchId);
    if (!batch || !card) return;
    const { state, action, hint, until, reason, km } = this.state(batch);
    const before = card.root.dataset.state;
    card.root.dataset.state = state;
    card.root.setAttribute("aria-busy", String(this.claims.working.has(batchId)));
    write(card.badge, say(`state.${state}`));
    write(card.left, this.left(batch, state));
    write(card.button, say(action ? `do.${action}` : until ? "do.wait" : `state.${state}`));
    // Not `disabled`, which would take the focus from whoever has just pressed it.
    card.button.setAttribute("aria-disabled", String(action === null));
    const held = this.held(batchId);
    card.root.dataset.held = held;
    const seconds = until ? Math.max(1, Math.ceil((until - Date.now()) / 1000)) : 0;
    const some = state === "open" && held > 0;
    const told = some ? say("next.claimed_some", { held, limit: batch.per_person_limit }) : say(hint, { seconds, km });
    write(card.hint, reason ? `${say(reason)}${lists.language === "zh" ? "。" : ". "}${told}` : told);
    if (before && before !== state) {
      this.news.push(make("p", {}, make("span", { lang: "zh-CN" }, batch.name), `: ${card.badge.textContent}. ${card.hint.textContent}`));
    }
  }

  left(batch, state) {
    if (state === "not_open") {
      return say("opens_in", { time: countdown(Date.parse(batch.claim_opens_at) - this.store.now()) });
    }
    return say("remaining", { n: batch.remaining });
  }

  press(batchId) {
    const batch = this.store.batches.find((each) => each.id === batchId);
    const { action } = this.state(batch);
    if (action === "show") {
      location.hash = "#wallet";
    } else if (action !== null) {
      this.claims.claim(batch);
    }
  }
}

export function scope(batch) {
  const categories = batch.categories.map((code) => say(`c.${code}`)).join(listMark());
  const districts = batch.districts.map((code) => say(`d.${code}`)).join(listMark()) || say("whole_city");
  return say("scope", { categories, districts });
}

function listMark() {
  return lists.language === "zh" ? "、" : ", ";
}
