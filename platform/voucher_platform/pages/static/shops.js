// Where vouchers can be used: by district and industry, folded by district so that some hundreds stay readable.

import { failure, listed, Lost } from "./calls.js";
import { lists, make, say, write } from "./page.js";

const WAIT_MS = 20_000;
const FEW = 30;

// Shows the shops, only those that take `voucher` if one is given, until the function that is returned is called.
export function showShops(view, voucher, store) {
  const batch = voucher && store.batches.find((each) => each.id === voucher.batch_id);
  const chosen = { district: "", category: batch?.categories.length === 1 ? batch.categories[0] : "", text: "" };
  const count = make("p", { class: "strong", role: "status" }, say("loading"));
  const found = make("div", { class: "found" });
  let shops = null;
  let alive = true;

  const district = choice("shops.district", say("shops.all_districts"), "d", batch?.districts ?? [], lists.districts);
  const category = choice("shops.category", say("shops.all_categories"), "c", batch?.categories ?? [], lists.categories);
  const search = make("input", { type: "search", id: "shop-search", autocomplete: "off" });
  category.select.value = chosen.category;
  district.select.addEventListener("change", () => draw({ district: district.select.value }));
  category.select.addEventListener("change", () => draw({ category: category.select.value }));
  search.addEventListener("input", () => draw({ text: search.value.trim() }));

  view.replaceChildren(
    ...(batch ? [make("p", { class: "notice" }, say("shops.only", { name: batch.name }), " ",
      make("a", { href: "#shops" }, say("shops.show_all")))] : []),
    make("div", { class: "filters" }, district.label, category.label,
      make("label", { for: "shop-search" }, say("shops.search"), search)),
    count, found);

  function draw(change = {}) {
    Object.assign(chosen, change);
    if (shops === null) return;
    const fits = shops.filter((shop) => fit(shop, chosen, batch));
    write(count, say("shops.count", { n: fits.length }));
    found.replaceChildren(...(fits.length ? byDistrict(fits) : [make("p", { class: "notice" }, say("shops.none"))]));
  }

  async function load() {
    found.replaceChildren(make("div", { class: "skeleton" }), make("div", { class: "skeleton" }));
    try {
      const page = await listed("/v1/merchants", { query: { status: "admitted" }, wait: WAIT_MS });
      if (!alive) return;
      if (page.status !== 200) throw new Lost(`status ${page.status}`);
      shops = page.items;
      draw();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      if (alive) found.replaceChildren(failure(load));
    }
  }

  load();
  return () => {
    alive = false;
  };
}

function choice(title, all, kind, some, every) {
  const id = `shops-${kind}`;
  const options = (some.length ? some : every).map((code) => make("option", { value: code }, say(`${kind}.${code}`)));
  const select = make("select", { id }, make("option", { value: "" }, all), ...options);
  return { select, label: make("label", { for: id }, say(title), select) };
}

function fit(shop, { district, category, text }, batch) {
  if (batch && !batch.categories.includes(shop.category)) return false;
  if (batch?.districts.length && !batch.districts.includes(shop.district)) return false;
  if (district && shop.district !== district) return false;
  if (category && shop.category !== category) return false;
  return !text || shop.name.includes(text) || shop.address.includes(text);
}

function byDistrict(shops) {
  const groups = new Map();
  for (const shop of shops) groups.set(shop.district, [...(groups.get(shop.district) ?? []), shop]);
  const codes = [...groups.keys()].sort();
  return codes.map((code) => {
    const lines = groups.get(code).map((shop) => make("li", {}, make("span", { class: "strong" }, shop.name),
      make("span", { class: "small" }, `${say(`c.${shop.category}`)} · ${shop.address}`)));
    return make("details", { class: "card", open: shops.length <= FEW },
      make("summary", {}, `${say(`d.${code}`)} (${lines.length})`), make("ul", { class: "shops" }, ...lines));
  });
}
